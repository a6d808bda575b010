# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# The releases of Open vSwitch on which vswitchd-plugin/patches and the tests
# have been tried, as shell patterns between "|".  This is the only place.
m4_define([VM_OVS_TRIED], [3.1.* | 3.3.* | 3.5.* | 3.7.* | 4.0.*])

# Where Debian's package openvswitch-source puts the source: a tarball in it,
# or, since Debian 13, the source itself.
m4_define([VM_OVS_DEBIAN], [/usr/src/openvswitch])

# VM_CHECK_OVS
# Finds the source of Open vSwitch and refuses a release that was never tried.  Sets
# OVS_SOURCE (absolute name of a directory or tarball), OVS_SOURCE_VERSION,
# OVS_TRIED, OVS_FEATURES and OVS_CONFIGURE_FLAGS.
AC_DEFUN([VM_CHECK_OVS],
  [AC_ARG_WITH([ovs-source],
     [AS_HELP_STRING([--with-ovs-source=DIR|TARBALL],
        [source of Open vSwitch (default: ]VM_OVS_DEBIAN[)])],
     [],
     [AS_IF([test -f VM_OVS_DEBIAN/openvswitch.tar.gz],
        [with_ovs_source=VM_OVS_DEBIAN/openvswitch.tar.gz],
        [with_ovs_source=VM_OVS_DEBIAN])])
   AC_ARG_WITH([untested-ovs],
     [AS_HELP_STRING([--with-untested-ovs],
        [accept a release of Open vSwitch that was not tried])],
     [], [with_untested_ovs=no])
   AC_ARG_VAR([OVS_CONFIGURE_FLAGS],
     [more arguments for the configure script of Open vSwitch])

   AC_MSG_CHECKING([for the source of Open vSwitch])
   AS_CASE([$with_ovs_source],
     [yes|no|''], [AC_MSG_RESULT([$with_ovs_source])
        AC_MSG_ERROR([--with-ovs-source needs a directory or a tarball])],
     [/*], [OVS_SOURCE=$with_ovs_source],
     [OVS_SOURCE=`pwd`/$with_ovs_source])
   OVS_SOURCE_VERSION=`$SHELL "$srcdir/build-aux/ovs-version" "$OVS_SOURCE" \
     2>conftest.err`
   AS_IF([test $? != 0],
     [AC_MSG_RESULT([not found])
      vm_error=`cat conftest.err`
      rm -f conftest.err
      AC_MSG_ERROR([$vm_error
Either install the source that Debian has,
    apt-get install openvswitch-source
which brings ]VM_OVS_DEBIAN[, or say where
another one is: --with-ovs-source=DIR or --with-ovs-source=TARBALL.])])
   rm -f conftest.err
   AC_MSG_RESULT([$OVS_SOURCE])

   AC_MSG_CHECKING([for the version of Open vSwitch])
   AC_MSG_RESULT([$OVS_SOURCE_VERSION])
   AS_CASE([$OVS_SOURCE_VERSION],
     [VM_OVS_TRIED], [],
     [AS_IF([test "$with_untested_ovs" = yes],
        [AC_MSG_WARN([Open vSwitch $OVS_SOURCE_VERSION has never been tried (tried: ]VM_OVS_TRIED[)])],
        [AC_MSG_ERROR([Open vSwitch $OVS_SOURCE_VERSION has never been tried with this package
(tried: ]VM_OVS_TRIED[).  Give the source of a tried release with
--with-ovs-source, or add --with-untested-ovs to try this one.])])])

   # What only some releases have, see include/vm-release.h, and the patches
   # that only some need.
   vm_features='ACCESS_HARDWARE_PORTS NETDEV_GET_SPEED UNIXCTL_FORMAT
     JSON_ARRAY_SIZE DPIF_OFFLOAD'
   vm_format=vswitchd-plugin/patches/0009-xlate-cache-format.patch
   vm_heap=vswitchd-plugin/patches/0012-xlate-tunnel-on-the-heap.patch
   OVS_MORE_PATCHES="$vm_format $vm_heap"
   AS_CASE([$OVS_SOURCE_VERSION],
     [2.* | 3.0.* | 3.1.*], [vm_features= OVS_MORE_PATCHES=],
     [3.2.* | 3.3.*], [vm_features='ACCESS_HARDWARE_PORTS NETDEV_GET_SPEED'
      OVS_MORE_PATCHES=$vm_heap],
     [3.4.* | 3.5.*],
       [vm_features='ACCESS_HARDWARE_PORTS NETDEV_GET_SPEED UNIXCTL_FORMAT'])
   OVS_FEATURES=
   for vm_feature in $vm_features; do
     OVS_FEATURES="$OVS_FEATURES -DHAVE_$vm_feature"
   done
   AC_SUBST([OVS_FEATURES])
   AC_SUBST([OVS_MORE_PATCHES])
   AC_SUBST([OVS_TRIED], ['VM_OVS_TRIED'])
   AC_SUBST([OVS_SOURCE])
   AC_SUBST([OVS_SOURCE_VERSION])])
