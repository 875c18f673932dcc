// Noise, measured and removed, as libvips images that stream.
//
// Blocks of 8x8 pixels are transformed (DCT) together with the blocks around that look like them, and what is no more
// than noise there is removed: as BM3D does, in lines, in an opponent colour space. Each line of the input is read once.
// Where noise is coarser than white noise, the same is done at a half and a quarter of the size.
#ifndef SLUICE_CDENOISE_H
#define SLUICE_CDENOISE_H
#include <stdbool.h>

#include "CNoise.h"

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have it.
struct _VipsImage;

typedef enum { SLUICE_DENOISE_FAST, SLUICE_DENOISE_GOOD, SLUICE_DENOISE_BEST } sluice_denoise_quality;

typedef struct {
    sluice_noise noise;
    // Factors of the noise that is expected: of brightness, and of colours; 0 leaves them alone.
    float strength, chroma;
    // 0 to 1: how much of the noise is left where there is structure.
    float detail;
    sluice_denoise_quality quality;
    int threads;
    // The last band says how opaque a pixel is: it is left alone.
    bool has_alpha;
    // Lines of the result that are kept for those who read one twice.
    int kept_lines;
} sluice_denoising;

typedef struct {
    // Of all threads together, without what the input took.
    double seconds;
    // The root of the mean square of what was removed from each of R, G and B so far.
    double removed;
} sluice_denoise_report;

// Whether the functions below take pictures of this kind: 8 or 16 bits; grey, RGB, or one of them with alpha.
bool sluice_can_denoise(struct _VipsImage *in);

// Reads the whole picture, line by line from the top. 0; or -1 with the reason in libvips' error buffer.
int sluice_measure_noise(struct _VipsImage *in, bool has_alpha, sluice_noise *noise);

// 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer, as the image gives it.
// The result is the same for any number of threads and any order of reading.
int sluice_denoise(struct _VipsImage *in, struct _VipsImage **out, const sluice_denoising *how);

// Numbers of four bytes that it holds for each pixel of the picture's width, beside the lines of the result: as many as
// for noise that is coarse; white noise takes less.
int sluice_denoise_numbers(int planes, int width, sluice_denoise_quality quality);

// What became of an image of `sluice_denoise`.
sluice_denoise_report sluice_denoised(struct _VipsImage *out);

#endif
