// Steps of a grade, and the passes over pixels that they come to.
#ifndef SLUICE_STEPS_H
#define SLUICE_STEPS_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

// For each processor that has them: vectors of 8 floats.
#if defined(__x86_64__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif

typedef enum { STEP_LIGHT, STEP_LEVELS, STEP_CONTRAST, STEP_TABLE, STEP_MATRIX, STEP_CUBE } step_kind;

// Shared by all images that are made with it.
typedef struct {
    gatomicrefcount references;
    step_kind kind;
    // STEP_LIGHT; a curve of NULL is that of sRGB.
    float gains[3];
    // Of STEP_TABLE each channel's after the other; of STEP_CUBE four numbers for each colour, the last of which is 0, white at
    // 65,535.
    float *curve;
    // Of STEP_CUBE along an axis.
    int entries, channels;
    // STEP_TABLE, STEP_CUBE: what the first and the last entry stand for; how much of the result counts.
    float low[3], high[3], amount;
    // STEP_LEVELS, and the slope of STEP_CONTRAST.
    float black, range, exponent, slope;
    // STEP_MATRIX.
    float factors[9];
} step;

struct sluice_grade {
    GPtrArray *steps;
};

step *step_new(step_kind kind);
step *step_share(step *shared);
void step_release(gpointer shared);

// What a step that is a curve makes of a value of a channel, from 0 to 1.
bool step_is_curve(const step *self);
float step_value(const step *self, int channel, float value);
// Whether it is another curve for each channel; whether it is a straight line.
bool step_differs(const step *self);
bool step_is_linear(const step *self);

// Pixels that are worked on at once: three planes of 16 bits lie in the nearest cache.
enum { BLOCK = 512 };

typedef enum { PASS_CURVES, PASS_MATRIX, PASS_CUBE } pass_kind;

// Steps that can be done at once.
typedef struct {
    pass_kind kind;
    // PASS_CURVES: for each of `tables` channels, 1 or 3, what becomes of each of 256 or 65,536 values.
    uint16_t *table;
    int entries, tables;
    // PASS_MATRIX: what is added comes after the factors, in parts of white.
    float factors[9], offsets[3];
    // PASS_CUBE: of a step. Where a value lies along an axis is it times a scale, from a start.
    const float *cube;
    int size;
    float scales[3], starts[3], amount;
} pass;

// `bytes` of a sample of the picture; `colours` is 1 or 3. NULL for want of memory.
pass *passes_new(const GPtrArray *steps, int bytes, int colours, int *count);
void passes_free(pass *passes, int count);

// The table of a channel.
const uint16_t *pass_table(const pass *self, int channel);

// In place, on planes of `pixels` values each. Not for curves of 256 entries.
void pass_run(const pass *self, uint16_t *const planes[3], int colours, int pixels);

void cube_prepare(pass *self, const step *cube);
void cube_run(const pass *self, uint16_t *const planes[3], int pixels);

#endif
