// Pictures that a network denoises, tile by tile, as libvips images that stream.
#ifndef SLUICE_CTILED_NETWORK_H
#define SLUICE_CTILED_NETWORK_H
#include <stdbool.h>

struct sluice_network;
// libvips' own, as CVips declares them to Swift: of two modules with its headers one would have them.
struct _VipsImage;

/// A network, and what it is to be given.
typedef struct {
    struct sluice_network *network;
    /// Names in the graph; `sigma` is NULL where it takes none.
    const char *input, *output, *sigma;
    /// Pixels of what it gets at once, and of these, how many on each side are seen only.
    int tile_width, tile_height, overlap;
    /// 1 or 3.
    int channels;
    bool is_bgr;
    /// Of each of its channels: of values from 0 to 255 it gets (value - mean) / divide.
    float mean[3], divide[3];
    /// What it gets for sigma: one number, or a plane of that number as large as the tile.
    float sigma_value;
    bool sigma_is_map;
    /// Whether the noise comes out of it instead of the picture.
    bool is_residual;
} sluice_tiled_network;

/// `in` without its noise: 1 or 3 bands of 8 or 16 bits, and no alpha among them. Tiles lie in a fixed grid, so that
/// pixels are the same whatever is asked for first; beyond the picture's edges it is mirrored. Lines of `in` are read
/// once, in order. Memory: the lines of two rows of tiles, one tile in floating point, and what the engine takes.
///
/// `release` is called with `owner` when nothing needs the network any more, whatever this function returns.
/// 0, or -1 with libvips' error set.
int sluice_denoise_by_network(
    struct _VipsImage *in, struct _VipsImage **out, const sluice_tiled_network *how, void *owner,
    void (*release)(void *owner));

/// Seconds of processor time that the network has taken so far; 0 for any other image.
double sluice_network_seconds(struct _VipsImage *denoised);

#endif
