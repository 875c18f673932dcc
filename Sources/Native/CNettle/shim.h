// Nettle: SHA-256 with the processor's own instructions where it has them (1.6 GB/s on x86-64 with SHA-NI).
#include <nettle/sha2.h>
