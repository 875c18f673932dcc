// libinotifytools ships no pkg-config file and its headers declare no C++/module guards: this names the two we use.
#include <stdio.h>
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
