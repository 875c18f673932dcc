#include <math.h>
#include <stdlib.h>

#include "Parts.h"

// Beyond this, colours are so rare that they share a bin.
#define TINT 60.0f
// Of half a side: a picture's subject is mostly there.
#define MIDDLE 0.5f

typedef struct {
    int first;
    float rest;
} place;

static place place_of(float value, int bins) {
    float clipped = fminf(fmaxf(value - 0.5f, 0), (float) bins - 1);
    int first = (int) clipped;
    if (first > bins - 2) first = bins - 2;
    return (place) {first, clipped - first};
}

static float closeness(int position, int size) {
    float off = (2 * position + 1 - size) / (MIDDLE * size);
    return expf(-off * off / 2);
}

static void count(const sluice_lab *lab, size_t pixel, float weight, float *numbers) {
    const int tints = SLUICE_TINT_BINS;
    place light = place_of(lab->plane[0][pixel] * (SLUICE_LIGHT_BINS / 100.0f), SLUICE_LIGHT_BINS);
    place red = place_of((lab->plane[1][pixel] + TINT) * (tints / (2 * TINT)), tints);
    place yellow = place_of((lab->plane[2][pixel] + TINT) * (tints / (2 * TINT)), tints);
    for (int i = 0; i < 2; i++) {
        float by_light = weight * (i ? light.rest : 1 - light.rest);
        for (int j = 0; j < 2; j++) {
            float by_red = by_light * (j ? red.rest : 1 - red.rest);
            float *to = numbers + ((light.first + i) * tints + red.first + j) * tints + yellow.first;
            to[0] += by_red * (1 - yellow.rest);
            to[1] += by_red * yellow.rest;
        }
    }
}

void sluice_colours(const sluice_lab *lab, float *numbers) {
    for (int y = 0; y < lab->height; y++) {
        float row = closeness(y, lab->height) / lab->height;
        for (int x = 0; x < lab->width; x++)
            count(lab, (size_t) y * lab->width + x, row * closeness(x, lab->width) / lab->width, numbers);
    }
}
