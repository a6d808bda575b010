# shellcheck shell=bash
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The database of Open vSwitch: through its server where that runs, otherwise
# in its file.  Both hold the same rows, with the same UUIDs.

readonly socket=${OVS_RUNDIR:-/var/run/openvswitch}/db.sock
readonly database=${OVS_DBDIR:-/etc/openvswitch}/conf.db
readonly mode=vm-aware

# Whether the server of the database answers.
served () {
    test -e "$socket" && timeout 30 ovsdb-client --timeout=10 list-dbs \
        "unix:$socket" > /dev/null 2>&1 < /dev/null
}

database_exists () { served || test -e "$database"; }

# tool COMMAND ARGUMENT...: a command that ovsdb-client and ovsdb-tool have.
tool () {
    if served; then
        run ovsdb-client --timeout=60 "$1" "unix:$socket" "${@:2}"
    else
        run ovsdb-tool "$1" "$database" "${@:2}"
    fi
}

# transact OPERATION,...: writes the results, of which none has an effect if
# one fails.
transact () {
    local reply
    reply=$(tool transact "[\"Open_vSwitch\", $1]") || exit
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

# select_columns TABLE COLUMN[,COLUMN]...: with each column in quotes.
select_columns () {
    transact '{"op":"select","table":"'"$1"'","where":[],"columns":['"$2"']}'
}

# The schema.

# convert SCHEMA: rows stay, and so does what runs.
#
# That the rows fit is checked here: a server of Open vSwitch 3.1 that refuses
# a conversion crashes.
convert () {
    local needed left version
    needed=$(tool needs-conversion "$1")
    if test "$needed" = yes; then
        left=$(vm_aware_names)
        if test -n "$left" && ! grep -q "\"$mode\"" "$1"; then
            fail "bond_mode=$mode of $left does not fit the schema $1"
        fi
        # Or values that were there before are refused.
        served || tool compact
        tool convert "$1"
    fi
    # As ovs-ctl does when it starts the server.
    version=$(run ovsdb-tool schema-version "$1")
    transact '{"op":"update","table":"Open_vSwitch","where":[],
               "row":{"db_version":"'"$version"'"}}' > /dev/null
}

# save_database FILE: as ovsdb-tool reads it.
save_database () {
    if served; then
        run ovsdb-client --timeout=60 backup "unix:$socket" > "$1.new"
    else
        cp "$database" "$1.new"
    fi
    mv -f "$1.new" "$1"
}

# Bonds.

# Writes lines UUID MODE of the ports that have a mode.
bond_modes () {
    select_columns Port '"_uuid","bond_mode"' | tr '}' '\n' | sed -nE \
        's/.*("uuid","[^"]*").*("bond_mode":"[^"]*").*/\1 \2/
         s/.*("bond_mode":"[^"]*").*("uuid","[^"]*").*/\2 \1/
         s/^"uuid","(.*)" "bond_mode":"(.*)"$/\1 \2/p'
}

# The names of vm-aware bonds.
vm_aware_names () {
    local reply
    reply=$(select_columns Port '"name","bond_mode"')
    tr '{' '\n' <<< "$reply" \
        | sed -nE '/"bond_mode":"'$mode'"/s/.*"name":"([^"]*)".*/\1/p' \
        | sort | paste -sd, | sed 's/,/, /g'
}

# update_mode UUID NEW [FORMER]: the operation that gives a bond a mode, if it
# has the former one.
update_mode () {
    echo '{"op":"update","table":"Port","where":[["_uuid","==",["uuid","'"$1"\
'"]]'"${3:+,[\"bond_mode\",\"==\",\"$3\"]}"'],"row":{"bond_mode":"'"$2"'"}}'
}

# Where VMs are.

# Writes what our switch wrote to Interface:status, as lines
# UUID "KEY": "VALUE", "KEY": "VALUE"...  Which of both columns is first in a
# row is the server's choice.
placements () {
    local reply
    reply=$(select_columns Interface '"_uuid","status"')
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

# The switch.

# Waits 30 s until the switch has applied what is in the database, or does not
# run.
wait_for_switch () {
    local end=$((SECONDS + 30)) reply
    transact '{"op":"mutate","table":"Open_vSwitch","where":[],
               "mutations":[["next_cfg","+=",1]]}' > /dev/null
    while running_program > /dev/null; do
        reply=$(select_columns Open_vSwitch '"next_cfg","cur_cfg"')
        test "$(number cur_cfg)" -lt "$(number next_cfg)" || return 0
        test $SECONDS -lt $end || fail "ovs-vswitchd has not applied the" \
            "change within 30 s; see its log"
        sleep 0.1
    done
}
number () { sed -E 's/.*"'"$1"'":([0-9]+).*/\1/' <<< "$reply"; }
