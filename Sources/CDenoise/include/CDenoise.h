// Noise, measured and removed, as libvips images that stream.
//
// Blocks of 8x8 pixels are transformed (DCT) together with the blocks around that look like them, and what is no more
// than noise there is removed: as BM3D does, in lines, in an opponent colour space. Each line of the input is read once.
// Where noise is coarser than white noise, the same is done at a half and a quarter of the size.
#ifndef SLUICE_CDENOISE_H
#define SLUICE_CDENOISE_H
#include <stdbool.h>

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have it.
struct _VipsImage;

enum { SLUICE_NOISE_LEVELS = 16, SLUICE_NOISE_SCALES = 3 };

// Noise of one plane. In steps of 8 bits (0..255), also where the picture has 16.
typedef struct {
    // As if it were white.
    float sigma;
    // Standard deviation of each coefficient of the orthonormal 8x8 DCT, row by row: of the picture, of means of 2x2 and of
    // 4x4 pixels.
    float spectrum[SLUICE_NOISE_SCALES][64];
} sluice_plane_noise;

typedef struct {
    // 1: grey; 3: Y = (R+G+B)/sqrt(3), U = (R-B)/sqrt(2), V = (R-2G+B)/sqrt(6): orthonormal, so that white noise of R, G
    // and B is as strong in each.
    int planes;
    sluice_plane_noise plane[3];
    // Factors by the mean of the first plane around a pixel: level i is (i + 0.5) * 256 / 16 on a scale of grey (Y divided
    // by the root of three); 1 in the mean, weighted by how common they are.
    float brightness[SLUICE_NOISE_LEVELS];
    // Of the picture, in each of R, G and B, as a user would name it. Where it is doubtful that all of that is noise, the
    // planes have less.
    float sigma;
    // Nothing to remove, or nothing that can be told from texture. The planes are zero then, and `sigma` says how much of
    // what was seen may be noise at most.
    bool is_clean;
} sluice_noise;

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

// White noise of a strength, in steps of 8 bits, in each of R, G and B, or in grey.
void sluice_noise_white(sluice_noise *noise, int planes, float sigma);

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
