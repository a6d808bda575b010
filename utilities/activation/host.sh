# shellcheck shell=bash
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# Which ovs-vswitchd the host runs.

# Ours, and that with DPDK, of the package ovs-vm-aware-dpdk: what can be
# chosen, and the program that it becomes.
readonly ours=/usr/libexec/ovs-vm-aware/ovs-vswitchd
readonly our_program=/usr/libexec/ovs-vm-aware/bin/ovs-vswitchd
readonly ours_dpdk=/usr/libexec/ovs-vm-aware/ovs-vswitchd-dpdk
readonly our_program_dpdk=/usr/libexec/ovs-vm-aware/bin-dpdk/ovs-vswitchd
readonly ovs_ctl=/usr/share/openvswitch/scripts/ovs-ctl

# Read by systemd and by /etc/init.d/openvswitch-switch.
readonly defaults=/etc/default/openvswitch-switch

# Writes "auto", or the alternative that somebody has chosen.
chosen_program () {
    run update-alternatives --query ovs-vswitchd | awk '
        /^Status: / { status = $2 }
        /^Value: / { value = substr($0, 8) }
        END { print status == "auto" ? status : value }'
}

choose_program () {
    if test "$1" != auto && test -e "$1"; then
        run update-alternatives --set ovs-vswitchd "$1" > /dev/null
    else
        run update-alternatives --auto ovs-vswitchd > /dev/null
    fi
}

is_ours () { test "$1" = $ours || test "$1" = $ours_dpdk; }
is_our_program () {
    [[ $1 == "$our_program"* || $1 == "$our_program_dpdk"* ]]
}

# Writes the one of ours that is chosen, or that is like the one that is.
our_choice () {
    local chosen
    chosen=$(readlink -f /usr/sbin/ovs-vswitchd) || chosen=
    if is_ours "$chosen"; then
        echo "$chosen"
    elif [[ $chosen != *dpdk* ]]; then
        echo $ours
    elif test -e $ours_dpdk; then
        echo $ours_dpdk
    else
        fail "the ovs-vswitchd that is chosen has DPDK, $chosen: install" \
            "ovs-vm-aware-dpdk, or choose another one (update-alternatives" \
            "--config ovs-vswitchd)"
    fi
}

# Writes the program of that.
our_chosen_program () {
    local choice
    choice=$(our_choice)
    if test "$choice" = $ours_dpdk; then
        echo $our_program_dpdk
    else
        echo $our_program
    fi
}

# The process.

# Writes the name of the program of the ovs-vswitchd that runs, with
# " (deleted)" if that file is no more.  Fails if none runs.
running_program () {
    local pid name
    { read -r pid < "${OVS_RUNDIR:-/var/run/openvswitch}/ovs-vswitchd.pid" \
        && name=$(readlink "/proc/$pid/exe"); } 2> /dev/null || return 1
    [[ $name == *ovs-vswitchd* ]] && echo "$name"
}

# Both let ovs-lib save OpenFlow rules and restore them.  $1 is ovs-ctl, $2 is
# the file of defaults.  They hold file descriptor 9 until the switch runs,
# which must not get it.  systemd refuses a start that was asked for too often
# lately: the operator has asked for this one.
# shellcheck disable=SC2016
readonly by_systemd='
    exec >&2
    . "${1%/*}/ovs-lib"
    stop_ovsdb () { :; }
    start_ovsdb () { :; }
    add_managers () { :; }
    stop_forwarding () {
        systemctl --job-mode=ignore-dependencies stop ovs-vswitchd
    }
    start_forwarding () {
        systemctl reset-failed ovs-vswitchd
        systemctl --job-mode=ignore-dependencies start ovs-vswitchd
    }
    systemctl daemon-reload
    restart 9>&-'
# shellcheck disable=SC2016
readonly by_ovs_ctl='
    exec >&2
    if test -e "$2"; then . "$2"; fi
    "$1" --no-ovsdb-server --system-id=random --no-record-hostname \
        restart $OVS_CTL_OPTS 9>&-'

# Restarts ovs-vswitchd alone.  The lock must be held.
restart_switch () {
    local script=$by_ovs_ctl
    test ! -d /run/systemd/system || script=$by_systemd
    limit=600 run sh -c "$script" sh $ovs_ctl $defaults
    running_program > /dev/null || fail "ovs-vswitchd does not run after its" \
        "restart: see /var/log/openvswitch/ovs-vswitchd.log"
}
