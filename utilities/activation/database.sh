# shellcheck shell=bash
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# Where VMs are, in the database of Open vSwitch, which holds that as long as
# its server runs.  Nothing else in the database is read or changed.

readonly socket=${OVS_RUNDIR:-/var/run/openvswitch}/db.sock

# Whether the server of the database answers.
served () {
    test -e "$socket" && timeout 30 ovsdb-client --timeout=10 list-dbs \
        "unix:$socket" > /dev/null 2>&1 < /dev/null
}

# transact OPERATION,...: writes the results, of which none has an effect if
# one fails.
transact () {
    local reply
    reply=$(run ovsdb-client --timeout=60 transact "unix:$socket" \
        "[\"Open_vSwitch\", $1]") || exit
    case $reply in
        *'"error":"'*)
            fail "the database refuses a change: $(field error)" \
                "($(field details))" ;;
    esac
    echo "$reply"
}

field () { sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p' <<< "$reply"; }

# Runs the operations that standard input has, one a line, as many at once as
# an argument can hold.
transact_lines () {
    local lines operations
    while mapfile -t -n 200 lines && test ${#lines[@]} != 0; do
        operations=$(IFS=, && echo "${lines[*]}")
        transact "$operations" > /dev/null
    done
}

# Writes what our switch wrote to Interface:status, as lines
# UUID "KEY": "VALUE", "KEY": "VALUE"...  Which of both columns is first in a
# row is the server's choice.
placements () {
    local reply
    reply=$(transact '{"op":"select","table":"Interface","where":[],
                       "columns":["_uuid","status"]}')
    { grep -oE "\"uuid\",\"$uuid_re\"|\"status\":|$pair_re" \
          <<< "$reply" || true; } | awk '
        function row() {
            if (uuid && pairs) print uuid " " pairs
            uuid = pairs = status = ""
        }
        /^"uuid"/ { if (uuid) row(); uuid = substr($0, 9, 36); next }
        /^"status"/ { if (status) row(); status = 1; next }
        {
            sub(/^\[/, ""); sub(/","/, "\": \""); sub(/\]$/, "")
            pairs = pairs (pairs ? ", " : "") $0
        }
        END { row() }'
}
readonly pair_re="\\[\"vm_aware_[^\"\\]*\",$string_re\\]"

# Writes 'places' to those interfaces that are there and have none now.
restore_places () {
    local present uuid pairs
    present=$(placements)
    while read -r uuid pairs; do
        case $present in *"${uuid:-$present}"*) continue ;; esac
        echo '{"op":"mutate","table":"Interface",' \
            '"where":[["_uuid","==",["uuid","'"$uuid"'"]]],' \
            '"mutations":[["status","insert",["map",['"$pairs"']]]]}'
    done < <(sed -E "s/($string_re): ($string_re)/[\\1,\\3]/g" \
                 <<< "$places") | transact_lines
}
