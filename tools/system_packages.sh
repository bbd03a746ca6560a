#!/bin/sh
# Installs the Debian packages that provide the named programs, or says exactly what to run and stops.
# usage: system_packages.sh PROGRAM=PACKAGE...
set -eu

missing=""
for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; may=yes
    elif sudo -n true 2>/dev/null; then as_root="sudo -n"; may=yes
    else may=no; fi
    if [ "$may" = yes ]; then
        echo "Installing$missing"
        # shellcheck disable=SC2086
        $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
            --no-install-recommends $missing >/dev/null
        exit 0
    fi
    how="sudo apt-get install -y$missing"
else
    how="your system's package manager (the Debian names are:$missing)"
fi
{
    echo "Missing:$missing"
    echo "Install it with: $how"
    echo "Then run make again."
} >&2
exit 1
