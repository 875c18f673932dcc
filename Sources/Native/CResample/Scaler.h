// Planes of one size that are resampled together: lines of the input come eight or sixteen at a time, once and in order;
// they add their share to the lines of the result that they belong to.
#ifndef SLUICE_SCALER_H
#define SLUICE_SCALER_H
#include "Planes.h"

typedef struct {
    // Of a plane alone two groups are filtered at once, so that they share the weights.
    int planes, groups_a_plane;
    // Lines that are added at once.
    int height;
    sluice_axis across, down;
    // The next line of the input: a multiple of that height.
    int next;
    // Lines of the result: those before `taken` are not needed any more, those before `open` have begun.
    int taken, open;
    // Lines that there is room for at once, and floats from one to the next.
    int room, stride;
    float *sums;
    // Pixels of the result that are made at once, and what they are made of.
    int block, segment_room;
    float *wide[SLUICE_MOST_GROUPS], *narrow[SLUICE_MOST_GROUPS];
    // By line in the making; weights for each group of a plane.
    float **targets;
    float (*weights[2])[SLUICE_GROUP];
} sluice_scaler;

// `slack`: lines that may be finished here and wait for another scaler's. 0, or -1 for want of memory.
int sluice_scaler_init(
    sluice_scaler *scaler, int planes, sluice_axis_size across, sluice_axis_size down, int slack);
void sluice_scaler_free(sluice_scaler *scaler);

// Begins anew, so that `line` is the next line of the result.
void sluice_scaler_seek(sluice_scaler *scaler, int line);

// `height` lines from `next` on, by plane; where the input ends within them, the lines beyond are any other ones.
typedef struct {
    const void *lines[SLUICE_MOST_GROUPS][2 * SLUICE_GROUP];
    int step, sample_bytes;
    bool has_alpha;
    const sluice_light *light;
} sluice_lines_in;

// 0, or -1 when lines of the result were not taken in time.
int sluice_scaler_add(sluice_scaler *scaler, const sluice_lines_in *lines);

// Whether everything that the line is made of has been added.
bool sluice_scaler_has(const sluice_scaler *scaler, int line);

// A line of the result, until it is taken.
float *sluice_scaler_line(const sluice_scaler *scaler, int plane, int line);

#endif
