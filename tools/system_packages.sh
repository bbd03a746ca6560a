#!/bin/sh
# Installs the Debian packages that provide the named programs and libraries, or says exactly what to
# run and stops.
# usage: system_packages.sh PROGRAM=PACKAGE... LIBRARY.so.VERSION=PACKAGE...
set -eu

# Debian keeps PostgreSQL's server off the PATH.
for folder in /usr/lib/postgresql/*/bin; do
    PATH="$PATH:$folder"
done

is_there() {
    case "$1" in
    *.so.*) case "$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)" in *"$1 "*) ;; *) return 1 ;; esac ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing=""
for pair in "$@"; do
    is_there "${pair%%=*}" || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

install_command="apt-get install -y$missing"
as_root="refused"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        install_command="sudo $install_command"
    fi
else
    install_command="your system's package manager; the Debian packages are:$missing"
fi

if [ "$as_root" != refused ]; then
    echo "Installing$missing"
    # shellcheck disable=SC2086
    if $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
fi
{
    echo "Not installed:$missing"
    echo "Install with: $install_command"
    echo "Then run make again."
} >&2
exit 1
