#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
#
# Both commands of the README on a machine that has nothing: a bare Debian root made by debootstrap, in which the
# project is cloned. Not part of the test suite: it takes as long as two cold builds, and needs root and debootstrap.
set -euo pipefail

usage() {
  cat <<'HELP'
Usage: tests/install/fresh_machine.sh RELEASE [run] [test]

Makes a bare root of a Debian release (bookworm, trixie), clones the last commit of this project into it, and runs
./bootstrap run and ./bootstrap test there, or the one that is named. Prints how long each took.

Environment:
  GBID_ROOT     folder for the root; it is kept, and used again if it is there (default: a new one that is removed)
  GBID_MIRROR   where debootstrap takes packages from (default: its own)
  GBID_APT_CONF a file for the root's /etc/apt/apt.conf.d, for a proxy, say

Exit code: that of the first command that fails.
HELP
}

case ${1:-} in
  bookworm | trixie) release=$1 ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 64 ;;
esac
shift
commands=("$@")
((${#commands[@]} > 0)) || commands=(run test)
((EUID == 0)) || { echo "fresh_machine.sh: expected to be run as root" >&2 && exit 77; }
command -v debootstrap >/dev/null || { echo "fresh_machine.sh: expected debootstrap to be installed" >&2 && exit 69; }
project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

root=${GBID_ROOT:-$(mktemp -d)}
leave() {
  local file
  for file in proc dev sys; do mountpoint -q "$root/$file" && umount -l "$root/$file"; done
  [[ -n ${GBID_ROOT:-} ]] || rm -rf --one-file-system "$root"
}
trap leave EXIT

# 1. The root.
if [[ ! -x $root/usr/bin/apt-get ]]; then
  debootstrap --variant=minbase "$release" "$root" ${GBID_MIRROR:+"$GBID_MIRROR"}
fi
[[ -z ${GBID_APT_CONF:-} ]] || cp -- "$GBID_APT_CONF" "$root/etc/apt/apt.conf.d/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
for file in proc dev sys; do
  mkdir -p "$root/$file"
  mountpoint -q "$root/$file" || mount --rbind "/$file" "$root/$file"
done

# 2. The project: what is committed, and nothing else.
rm -rf "${root:?}/srv/gbid"
git clone -q --no-hardlinks "$project" "$root/srv/gbid"

# 3. The commands, as a user without an environment of its own would give them.
for command in "${commands[@]}"; do
  echo "==> $release: ./bootstrap $command"
  SECONDS=0
  chroot "$root" /usr/bin/env -i HOME=/srv PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
    bash -c "cd /srv/gbid && ./bootstrap $command" </dev/null
  echo "==> $release: ./bootstrap $command took $SECONDS s"
done
