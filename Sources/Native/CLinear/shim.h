// liblinear: linear classifiers. Its types only: the one worker that trains opens the library itself, so that no other has
// it, and the linear algebra that it brings along, in memory.
#include <linear.h>
