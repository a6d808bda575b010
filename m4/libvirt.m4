# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# VM_CHECK_LIBVIRT
# Looks for libvirt, which only ovs-vm-agent needs: without it, all else is
# built.  Sets LIBVIRT_LIBS, the conditional HAVE_LIBVIRT, and $vm_agent to
# words for the summary.
AC_DEFUN([VM_CHECK_LIBVIRT],
  [AC_ARG_WITH([libvirt],
     [AS_HELP_STRING([--with-libvirt],
        [build ovs-vm-agent, fail without libvirt (default: build it if libvirt is there)])],
     [], [with_libvirt=check])
   vm_have_libvirt=no
   AS_IF([test "$with_libvirt" != no],
     [AC_CHECK_HEADER([libvirt/libvirt.h],
        [AC_CHECK_LIB([virt], [virDomainMigrateToURI3],
           [vm_have_libvirt=yes])])])
   AS_CASE([$vm_have_libvirt:$with_libvirt],
     [yes:*], [vm_agent=yes],
     [no:no], [vm_agent="no, --without-libvirt"],
     [no:check], [vm_agent="no, libvirt was not found; install it (Debian package libvirt-dev) and configure again"],
     [AC_MSG_ERROR([--with-libvirt: libvirt was not found.  Install it,
    apt-get install libvirt-dev
or configure --without-libvirt, and ovs-vm-agent is not built.])])
   AS_IF([test $vm_have_libvirt = yes], [LIBVIRT_LIBS=-lvirt],
     [LIBVIRT_LIBS=])
   AC_SUBST([LIBVIRT_LIBS])
   AC_SUBST([HAVE_LIBVIRT], [$vm_have_libvirt])
   AM_CONDITIONAL([HAVE_LIBVIRT], [test $vm_have_libvirt = yes])])
