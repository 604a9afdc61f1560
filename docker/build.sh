#!/bin/sh
# Build the image with docker, podman or buildah: docker/build.sh [argument of the builder …]
#
# TAG names it (project-penalty). ENGINE chooses among the three; else it is the first that works
# here. BASE and GO name other images to start from. HOST_GO=1 takes this machine's Go toolchain
# instead of the image GO.
set -eu
cd "$(dirname "$0")/.."

works() {
	case $1 in
	docker | podman) command -v "$1" >/dev/null && "$1" info >/dev/null 2>&1 ;;
	buildah) command -v buildah >/dev/null && buildah info >/dev/null 2>&1 ;;
	*) false ;;
	esac
}
if [ -z "${ENGINE:-}" ]; then
	for ENGINE in docker podman buildah none; do
		! works "$ENGINE" || break
	done
fi
works "$ENGINE" || {
	echo "build: ENGINE ${ENGINE#none} is not usable here;" \
		"install docker, podman or buildah, and for docker start its daemon" >&2
	exit 1
}

if [ -n "${BASE:-}" ]; then set -- --build-arg "BASE=$BASE" "$@"; fi
if [ -n "${GO:-}" ]; then set -- --build-arg "GO=$GO" "$@"; fi
if [ -n "${HOST_GO:-}" ]; then
	# A folder in the place of the stage "go".
	set -- --build-context go=/ --build-arg "GOROOT=$(go env GOROOT)" "$@"
fi
if [ "$ENGINE" = docker ]; then
	# Docker's old builder would not find the list of what to leave out.
	export DOCKER_BUILDKIT=1
else
	# The OCI format has no health check.
	set -- --ignorefile docker/Dockerfile.dockerignore --format docker "$@"
fi
echo "build: ${TAG:=project-penalty} by $ENGINE"
exec "$ENGINE" build --tag "$TAG" --file docker/Dockerfile "$@" .
