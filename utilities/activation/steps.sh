# shellcheck shell=bash
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# Taking our ovs-vswitchd into use and out of use.
#
# Each is a list of steps that may be repeated: one that is done already has no
# effect.  An interrupt takes effect between two steps, and the next run goes
# on from there, in either direction.

directory=${BASH_SOURCE[0]%/*}
. "$directory/activation-lib.sh"
. "$directory/database.sh"
. "$directory/host.sh"

# run_steps STEP...: each in a shell that no interrupt reaches, nor what it
# starts.
run_steps () {
    local step
    for step; do
        if test -n "$interrupted"; then
            echo "$program: interrupted; run it again to finish, or its" \
                "counterpart to go back" >&2
            exit 130
        fi
        (
            trap '' INT TERM HUP
            read_state
            "$step"
        )
    done
}

# restart WHY: if 'unwanted' says that the ovs-vswitchd that runs, 'running',
# is not the right one.
restart () {
    local running
    running=$(running_program) || running=
    if test -z "$running$restarting"; then
        say "ovs-vswitchd does not run; it was not started"
    elif test -n "$running" && ! unwanted; then
        say "ovs-vswitchd need not be restarted"
    elif test -n "$may_restart"; then
        say "restarting ovs-vswitchd"
        # If that is the last that we do, the next run starts it.
        restarting=true
        write_state
        restart_switch
        restarting=
        write_state
        say "$(running_program) runs"
    else
        say "$1 until ovs-vswitchd is restarted (systemctl restart" \
            "ovs-vswitchd)"
    fi
}

# Activation.

# Keeps what an interrupted run has already noted.
remember () {
    our_choice > /dev/null
    alternative=${alternative:-$(chosen_program)}
    wanted=active
    write_state
}

choose_ours () {
    local choice
    choice=$(our_choice)
    choose_program "$choice"
}

start () {
    local wanted_program
    wanted_program=$(our_chosen_program)
    # A program that was upgraded is another one.
    unwanted () { test "$running" != "$wanted_program"; }
    restart "the ovs-vswitchd that runs is not that of ovs-vm-aware"
    say "active: other_config:bond-vm-aware=true makes a bond vm-aware"
}

# Deactivation.

active () {
    local chosen
    chosen=$(chosen_program) || exit 1
    test -n "$wanted" || is_ours "$chosen"
}

begin () {
    wanted=inactive
    write_state
}

choose_former () {
    local chosen
    chosen=$(chosen_program)
    ! is_ours "$chosen" || choose_program "${alternative:-auto}"
}

stop () {
    unwanted () { is_our_program "$running"; }
    restart "the ovs-vswitchd of ovs-vm-aware runs"
    rm -f "$state_directory"/state.json
    say "not active"
}

# For the time when the database is restarted, or our switch does not run: it
# alone keeps places in the database.
save_places () {
    local places
    read_state
    if test "$wanted" = active && served; then
        places=$(placements)
        test -z "$places" || write_places
    fi
}

# To be called before our switch starts.
resume_places () {
    local places
    read_state
    test "$wanted" = active || return 0
    test -e "$state_directory"/resume.json || return 0
    read_places
    restore_places
    rm -f "$state_directory"/resume.json
}

usage () {
    cat << EOF
usage: $program [-h] [--no-restart]

$1

options:
  -h, --help    show this help message and exit
  --no-restart  leave the ovs-vswitchd that runs alone
EOF
}

# main DESCRIPTION ACTIVE STEPS [OPTION]...: nothing is to be done if ACTIVE
# fails.
main () {
    local argument may_restart=yes interrupted=
    for argument in "${@:4}"; do
        case $argument in
            --no-restart) may_restart= ;;
            -h | --help) usage "$1"; exit 0 ;;
            *)
                echo "usage: $program [-h] [--no-restart]" >&2
                echo "$program: error: unrecognized arguments: $argument" >&2
                exit 2
                ;;
        esac
    done
    test "$(id -u)" = 0 || fail "must be run as root"
    trap 'interrupted=yes' INT TERM HUP
    mkdir -p "$state_directory"
    lock
    read_state
    if "$2"; then
        # The words of the list.
        # shellcheck disable=SC2086
        run_steps $3
    else
        say "not active, nothing to do"
    fi
}
