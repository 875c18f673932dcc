// Colours that no libvips operation knows: profiles made of what a file says in other words, and light beyond white made
// to fit.
#ifndef SLUICE_CCOLOUR_H
#define SLUICE_CCOLOUR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have it.
struct _VipsImage;

// x and y of CIE 1931.
typedef struct {
    double white[2], red[2], green[2], blue[2];
} sluice_chromaticities;

typedef enum { SLUICE_CURVE_SRGB, SLUICE_CURVE_POWER, SLUICE_CURVE_SMPTE240, SLUICE_CURVE_TABLE } sluice_curve_kind;

// How values become light.
typedef struct {
    sluice_curve_kind kind;
    // The exponent of SLUICE_CURVE_POWER.
    double gamma;
    // Of SLUICE_CURVE_TABLE: `count` numbers from 0 to 65535 for each of `channels` (1 or 3), one channel after the other.
    const uint16_t *table;
    int count, channels;
} sluice_curve;

// An ICC profile, of RGB or of grey, that says so. 0, and bytes that the caller frees with `free`; or -1 where lcms makes
// none of these numbers.
int sluice_make_profile(
    const sluice_chromaticities *space, const sluice_curve *curve, bool is_grey, const char *description, void **bytes,
    size_t *length);

// By how much the numbers of any colour change on the way from this profile to sRGB: the largest of red, green and blue,
// where 1 is the whole scale. Negative where the profile is none of RGB, or broken.
double sluice_profile_distance_from_srgb(const void *bytes, size_t length);

// The light of values from 0 to 1, in `entries` steps, as a profile has it: of red, green and blue, one after the other, or
// of grey. Never falls. 0; or -1 where the profile is broken or has no curves.
int sluice_profile_light(const void *bytes, size_t length, bool is_grey, int entries, float *light);

typedef enum { SLUICE_LIGHT_PQ, SLUICE_LIGHT_HLG } sluice_light;

typedef struct {
    sluice_light light;
    // Light of the picture's red, green and blue to that of the result's.
    double matrix[9];
    // What the picture's red, green and blue have of its luminance.
    double luminance[3];
    // The brightest light there is, in cd/m2.
    double peak;
    bool has_alpha;
} sluice_tone_mapping;

// SDR white, in cd/m2 (ITU-R BT.2408).
#define SLUICE_SDR_WHITE 203.0

// Brings a picture of PQ or HLG, of 8 or 16 bits, grey or RGB, to the light of an SDR display, in sRGB's curve: the
// roll-off of ITU-R BT.2390 on the largest of red, green and blue, so that hues stay; what lies outside the result's
// primaries is mixed with grey until it does not. Pixel by pixel: it streams. Format and bands stay.
int sluice_tone_map(struct _VipsImage *in, struct _VipsImage **out, const sluice_tone_mapping *how);

#endif
