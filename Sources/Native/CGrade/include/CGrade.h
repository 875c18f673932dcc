// What becomes of a pixel by itself, as libvips images that stream: colours graded by curves for each channel, a matrix and
// lookup tables; corners rounded.
//
// Steps that follow each other are done at once, with 16 bits between them, whatever the picture has: each pixel is read
// and rounded once. Black is 0 and white is 1 to all of them; what lies beyond is cut off after each step. Alpha is left
// alone.
#ifndef SLUICE_CGRADE_H
#define SLUICE_CGRADE_H
#include <stdbool.h>

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have it.
struct _VipsImage;

// A list of steps.
typedef struct sluice_grade sluice_grade;

sluice_grade *sluice_grade_new(void);
void sluice_grade_free(sluice_grade *grade);

// Values become light, that is multiplied by a gain for red, green and blue (the first one for grey), and it becomes
// values again. `curve` has the light of values from 0 to 1 in steps, for each of `channels` (1 or 3), one channel after
// the other; it never falls. NULL: the curve of sRGB.
void sluice_grade_light(
    sluice_grade *grade, const double gains[3], const float *curve, int entries, int channels);

// `black` becomes 0 and `white` 1; what lies between is raised to 1 / gamma: more than 1 makes it brighter. `white` is
// more than `black`.
void sluice_grade_levels(sluice_grade *grade, double black, double white, double gamma);

// An S-curve with this slope in the middle, which black, middle grey and white are left alone by; under 1 its inverse.
void sluice_grade_contrast(sluice_grade *grade, double slope);

// Red, green and blue times nine factors, by rows. Of grey pictures it does nothing.
void sluice_grade_matrix(sluice_grade *grade, const double factors[9]);

// A curve for each channel: red, green and blue of each of `entries` (2 and more), white at 1. The first stands for `low`, the
// last for `high`, which is more; `amount` of the result replaces what was there. -1: no memory.
int sluice_grade_table(
    sluice_grade *grade, const float *values, int entries, const double low[3], const double high[3], double amount);

// The same by colours: red, green and blue of each of `size` x `size` x `size` (2 and more), red changing fastest. A colour
// between them is mixed of the four corners of the tetrahedron that it is in. Of grey pictures it does nothing.
int sluice_grade_cube(
    sluice_grade *grade, const float *values, int size, const double low[3], const double high[3], double amount);

// The picture with all steps done; steps that `in` was just made by are done in the same go. It takes 8 or 16 bits, grey
// or RGB. 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer. `grade` stays the caller's.
int sluice_grade_image(
    struct _VipsImage *in, struct _VipsImage **out, const sluice_grade *grade, bool has_alpha);

// Less alpha, of 8 or 16 bits after one or three colours, outside a circle at each corner, of this radius in pixels: half of
// the shorter side at most. 0 and an image, or -1.
int sluice_round_corners(struct _VipsImage *in, struct _VipsImage **out, double radius);

#endif
