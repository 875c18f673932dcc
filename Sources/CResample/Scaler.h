// Planes of one size that are resampled together: lines of the input come in groups of eight, once and in order; each
// adds its share to the lines of the result that it belongs to.
#ifndef SLUICE_SCALER_H
#define SLUICE_SCALER_H
#include "Planes.h"

typedef struct {
    int planes;
    sluice_axis across, down;
    // The next line of the input: a multiple of the group.
    int next;
    // Lines of the result: those before `taken` are not needed any more, those before `open` have begun.
    int taken, open;
    // Lines that there is room for at once, and floats from one to the next.
    int room, stride;
    float *sums;
    // Pixels of the result that are made at once, and what they are made of.
    int block, segment_room;
    float *wide[SLUICE_MOST_PLANES], *narrow[SLUICE_MOST_PLANES];
    // By line in the making.
    float **targets;
    float (*weights)[SLUICE_GROUP];
} sluice_scaler;

// `slack`: lines that may be finished here and wait for another scaler's. 0, or -1 for want of memory.
int sluice_scaler_init(
    sluice_scaler *scaler, int planes, sluice_axis_size across, sluice_axis_size down, int slack);
void sluice_scaler_free(sluice_scaler *scaler);

// Begins anew, so that `line` is the next line of the result.
void sluice_scaler_seek(sluice_scaler *scaler, int line);

// The group at `next`; where the input ends within it, the lines beyond are given as any other line.
// 0, or -1 when lines of the result were not taken in time.
int sluice_scaler_add(sluice_scaler *scaler, const sluice_group *group);

// Whether everything that the line is made of has been added.
bool sluice_scaler_has(const sluice_scaler *scaler, int line);

// A line of the result, until it is taken.
float *sluice_scaler_line(const sluice_scaler *scaler, int plane, int line);

#endif
