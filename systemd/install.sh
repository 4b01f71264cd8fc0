#!/bin/sh
# Installs pose-edge as a service from this folder, or brings an installation up to date. Run it again at any time.
#
#   sudo systemd/install.sh                                 wheels and the model from the network
#   sudo systemd/install.sh --wheels DIR --models DIR       without network
#   sudo systemd/install.sh --uninstall                     keeps configuration and state; --purge removes them too
#
# Each version has a folder of its own, /opt/pose-edge/releases/VERSION; /opt/pose-edge/current is the one that runs.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
base=/opt/pose-edge
etc=/etc/pose-edge
unit=/etc/systemd/system/pose-edge.service
credential=/etc/credstore/mqtt-password
wheels="" models="" action=install purge=no

say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --wheels) [ $# -gt 1 ] || die "--wheels needs a folder"; wheels=$(cd "$2" && pwd) || die "$2: no such folder"; shift ;;
    --models) [ $# -gt 1 ] || die "--models needs a folder"; models=$(cd "$2" && pwd) || die "$2: no such folder"; shift ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || die "needs root: sudo $0"

uninstall() {
  systemctl disable --now pose-edge.service 2>/dev/null || true
  rm -rf "$unit" "$unit.d" /etc/sysusers.d/pose-edge.conf /usr/local/bin/pose-edge "$base"
  systemctl daemon-reload
  if [ "$purge" = yes ]; then
    rm -rf "$etc" /var/lib/pose-edge
    userdel pose-edge 2>/dev/null || true
    say "pose-edge is gone, with its configuration and state"
  else
    say "pose-edge is gone; $etc and /var/lib/pose-edge are kept (--purge removes them)"
  fi
}

# The few packages that pip cannot bring. On a Pi also its camera library, which belongs to the system's own Python.
system_packages() {
  wanted="python3-venv libegl1 libgles2"
  if grep -qs "Raspberry Pi" /proc/device-tree/model; then wanted="$wanted python3-picamera2"; fi
  missing=""
  for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  [ -z "$wheels" ] || die "without network these Debian packages have to be there already:$missing"
  say "installing$missing"
  apt-get -qq update
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing >/dev/null
}

install_release() {
  python=$("$here/scripts/find-python")
  [ -n "$python" ] || die "no Python 3.11 to 3.13 found: sudo apt install python3 python3-venv"
  lock=$here/requirements/$("$here/scripts/find-lock").lock
  version=$(sed -n 's/^__version__.*"\(.*\)"$/\1/p' "$here/edge/__init__.py")
  release=$base/releases/$version
  digest=$({ cat "$lock"; find "$here/edge" "$here/models" -type f ! -name '*.pyc' -print | LC_ALL=C sort | xargs cat; } | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$release/.digest" 2>/dev/null)" != "$digest" ]; then
    say "installing version $version with $(basename "$lock")"
    options="--quiet --disable-pip-version-check --no-deps"
    [ -z "$wheels" ] || options="$options --no-index --find-links $wheels"
    rm -rf "$release"
    mkdir -p "$base/releases"
    site=$("$python" -c 'import picamera2' 2>/dev/null && echo --system-site-packages || true)
    # shellcheck disable=SC2086 # $site is one option or none
    "$python" -m venv $site "$release"
    # shellcheck disable=SC2086 # lists of options
    "$release/bin/python" -m pip install $options --require-hashes -r "$lock" -r "$here/requirements/build.lock"
    # Built from a copy: a checkout that belongs to somebody else is left as it is.
    build=$(mktemp -d)
    cp -r "$here/edge" "$here/models" "$here/pyproject.toml" "$here/README.md" "$here/LICENSE" "$build"
    # shellcheck disable=SC2086
    "$release/bin/python" -m pip install $options --no-build-isolation "$build"
    rm -rf "$build"
    cp -r "$here/docs" "$release/docs"
    echo "$digest" >"$release/.digest"
  fi
}

install_model() {
  origin=""
  [ -z "$models" ] || origin="--from $models/lite.task"
  # shellcheck disable=SC2086 # an option or none
  "$release/bin/pose-edge" models fetch --model-dir "$base/models" $origin
  chmod -R a+rX "$base/models"
}

install_service() {
  install -D -m 644 "$here/systemd/pose-edge.sysusers" /etc/sysusers.d/pose-edge.conf
  systemd-sysusers /etc/sysusers.d/pose-edge.conf
  install -d -m 755 "$etc"
  if [ ! -e "$etc/pose-edge.toml" ]; then
    install -m 640 -g pose-edge "$here/config/pose-edge.toml" "$etc/pose-edge.toml"
    say "wrote $etc/pose-edge.toml: name the broker there"
  fi
  "$release/bin/pose-edge" config check "$etc/pose-edge.toml"
  install -m 644 "$here/systemd/pose-edge.service" "$unit"
  "$release/bin/pose-edge" configure-egress --config "$etc/pose-edge.toml" --write >/dev/null ||
    say "the broker is not let through yet: set mqtt.broker, then run this again"
  # systemd complains at every start of a credential that is asked for and not there.
  if [ -e "$credential" ]; then
    install -d -m 755 "$unit.d"
    printf '# Written by install.sh, because %s is there.\n[Service]\nLoadCredential=mqtt-password:%s\n' "$credential" "$credential" >"$unit.d/credential.conf"
  else
    rm -f "$unit.d/credential.conf"
  fi
  before=$(readlink "$base/current" 2>/dev/null || true)
  ln -sfn "releases/$version" "$base/current"
  cat >/usr/local/bin/pose-edge <<END
#!/bin/sh
# What the service runs, for people.
POSE_EDGE_DETECT_MODEL_DIR=\${POSE_EDGE_DETECT_MODEL_DIR:-$base/models} exec $base/current/bin/pose-edge "\$@"
END
  chmod 755 /usr/local/bin/pose-edge
  systemctl daemon-reload
  systemctl enable --quiet pose-edge.service
  systemctl restart pose-edge.service || { systemctl status --no-pager pose-edge.service >&2 || true; die "the service does not start: sudo pose-edge doctor"; }
}

# The release that runs and the one before it stay, so that there is a way back; a card has no room for all.
forget_old_releases() {
  for old in "$base"/releases/*; do
    case releases/$(basename "$old") in
      "releases/$version" | "$before") ;;
      *) [ "releases/$version" = "$before" ] || rm -rf "$old" ;;
    esac
  done
}

if [ "$action" = uninstall ]; then
  uninstall
  exit 0
fi
system_packages
install_release
install_model
install_service
forget_old_releases
say "pose-edge $version runs; check the box with: sudo pose-edge doctor"
