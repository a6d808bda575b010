# shellcheck shell=bash
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# What all of the activation needs: running programs, and what has to be known
# later, which is how the host was before and where VMs were.
#
# Each file is written as a whole or not at all, and before what it describes
# is changed, so that a run that was interrupted can be repeated.  They are
# JSON, of which nothing is unescaped here.

set -eu -o pipefail
shopt -s inherit_errexit
export LC_ALL=C

program=${0##*/}
readonly state_directory=${OVS_VM_AWARE_STATE:-/var/lib/ovs-vm-aware}
readonly uuid_re='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
readonly string_re='"([^"\\]|\\.)*"'

say () {
    echo "$program: $*"
}

fail () {
    echo "$program: $*" >&2
    exit 1
}

# run COMMAND...: lets it write to standard output.  It has a process group of
# its own, which an interrupt of ours does not reach: a switch must not be left
# between its end and its start.
run () {
    local said status=0
    {
        said=$(timeout "${limit-300}" "$@" 2>&1 >&3 3>&- < /dev/null) \
            || status=$?
    } 3>&1
    test $status = 0 || fail "$* failed with status $status: $said"
}

# The state: "wanted" (active or inactive), the "alternative" that was chosen
# before the activation, and whether the switch is "restarting".
read_state () {
    local text
    wanted='' alternative='' restarting=''
    test -e "$state_directory"/state.json || return 0
    text=$(cat "$state_directory"/state.json)
    wanted=$(member wanted)
    alternative=$(member alternative)
    restarting=$(member restarting)
}

# Looks into 'text'.
member () { sed -nE 's/^ "'"$1"'": "?([^"]*[^",])"?,?$/\1/p' <<< "$text"; }

write_state () {
    local text
    text=$(
        echo '{'
        test -z "$alternative" || echo ' "alternative": "'"$alternative"'",'
        test -z "$restarting" || echo ' "restarting": true,'
        echo ' "wanted": "'"$wanted"'"'
        echo '}'
    )
    write_file state.json "$text"
}

write_file () {
    echo "$2" > "$state_directory/$1.new"
    sync "$state_directory/$1.new"
    mv -f "$state_directory/$1.new" "$state_directory/$1"
}

# For the next start of our switch: 'places' has lines
# UUID "KEY": "VALUE", "KEY": "VALUE"...
read_places () {
    local text
    places=''
    test -e "$state_directory"/resume.json || return 0
    text=$(cat "$state_directory"/resume.json)
    places=$(tr -d '\n' <<< "$text" \
        | grep -oE "\"$uuid_re\": \{([^\"}]|$string_re)*\}" \
        | sed -E 's/^"([^"]*)": \{ *(.*)\}$/\1 \2/') || true
}

write_places () {
    local text
    text=$(
        echo '{'
        sed -E 's/^([^ ]+) (.*)$/ "\1": {\2}/; $!s/$/,/' <<< "$places"
        echo '}'
    )
    write_file resume.json "$text"
}

# Waits for other runs.  The lock is that of file descriptor 9, which outlasts
# us in a restart of the switch that is under way.
lock () {
    exec 9<> "$state_directory"/lock
    (trap '' INT TERM HUP && exec flock -w 120 9) \
        || fail "another activation or deactivation has not ended"
}
