# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0

# VM_CHECK_PYTHON3
# Sets PYTHON3.  The distribution's Python goes before others on PATH: the
# modules that the lab uses are packages of the distribution.
AC_DEFUN([VM_CHECK_PYTHON3],
  [AC_ARG_VAR([PYTHON3], [Python 3 interpreter])
   AC_PATH_PROG([PYTHON3], [python3], [no], [/usr/bin$PATH_SEPARATOR$PATH])
   AS_IF([test "$PYTHON3" = no],
     [AC_MSG_ERROR([Python 3 is needed to build Open vSwitch (Debian package python3)])])])

# VM_CHECK_CHECKERS
# Finds the programs that only the checks of the source use.  Each may be
# absent; its check then reports that it was left out.
AC_DEFUN([VM_CHECK_CHECKERS],
  [AC_CHECK_PROG([CLANG], [clang], [clang], [no])
   AC_CHECK_PROG([FLAKE8], [flake8], [flake8], [no])
   AC_CHECK_PROG([GROFF], [groff], [groff], [no])
   AC_CHECK_PROG([SHELLCHECK], [shellcheck], [shellcheck], [no])])

# VM_ENABLE_HOUSE_CHECKS
# "make check" checks the source.  "make" does so as well in a git checkout, so
# that a developer learns it at once, and not in a release, so that no user's
# build depends on it.  Sets the conditional HOUSE_CHECKS.
AC_DEFUN([VM_ENABLE_HOUSE_CHECKS],
  [AC_ARG_ENABLE([house-checks],
     [AS_HELP_STRING([--enable-house-checks],
        [check the source with "make", too, not only with "make check" (default: in a git checkout)])],
     [], [enable_house_checks=no
          AS_IF([test -e "$srcdir/.git"], [enable_house_checks=yes])])
   AC_MSG_CHECKING([whether "make" checks the source])
   AC_MSG_RESULT([$enable_house_checks])
   AM_CONDITIONAL([HOUSE_CHECKS], [test "X$enable_house_checks" != Xno])])

# VM_ENABLE_WERROR
# --enable-Werror makes warnings in our own C files errors.  Open vSwitch is
# compiled with its own flags either way.
AC_DEFUN([VM_ENABLE_WERROR],
  [AC_ARG_ENABLE([Werror],
     [AS_HELP_STRING([--enable-Werror],
        [treat warnings in this package's C files as errors])],
     [], [enable_Werror=no])
   AS_IF([test "X$enable_Werror" = Xyes], [VM_WERROR=-Werror], [VM_WERROR=])
   AC_SUBST([VM_WERROR])])

# VM_ENABLE_SANITIZERS
# --enable-sanitizers compiles and links our programs and those of Open vSwitch
# with the address and undefined-behavior sanitizers.
AC_DEFUN([VM_ENABLE_SANITIZERS],
  [AC_ARG_ENABLE([sanitizers],
     [AS_HELP_STRING([--enable-sanitizers],
        [find errors of memory and undefined behavior at run time, here and in Open vSwitch])],
     [], [enable_sanitizers=no])
   AS_IF([test "X$enable_sanitizers" = Xyes],
     [vm_sanitize="-fsanitize=address,undefined -fno-omit-frame-pointer"
      CFLAGS="$CFLAGS $vm_sanitize"
      AC_MSG_CHECKING([whether $CC accepts $vm_sanitize])
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([$CC cannot link with the sanitizers.
Install their libraries (Debian packages libasan and libubsan of the
compiler's version, or libclang-rt-dev for clang), or configure without
--enable-sanitizers.])])])])
