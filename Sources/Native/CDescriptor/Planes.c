#include "Planes.h"

#include <math.h>
#include <stdlib.h>

// The cube root of CIE Lab, at so many places from 0 to 1; between them by a straight line.
#define STEPS 2048

typedef struct {
    float linear[256], root[STEPS + 2];
} tables;

static void fill(tables *table) {
    for (int value = 0; value < 256; value++) {
        double share = value / 255.0;
        table->linear[value] = (float) (share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4));
    }
    for (int step = 0; step < STEPS + 2; step++) {
        double share = (double) step / STEPS;
        table->root[step] = (float) (share > 0.008856 ? cbrt(share) : 7.787 * share + 16.0 / 116);
    }
}

static float root_of(const tables *table, float share) {
    float place = share * STEPS;
    int step = (int) place;
    if (step > STEPS) step = STEPS;
    return table->root[step] + (place - step) * (table->root[step + 1] - table->root[step]);
}

int sluice_lab_init(sluice_lab *lab, const unsigned char *pixels, int width, int height) {
    size_t count = (size_t) width * height;
    tables *table = malloc(sizeof *table);
    float *block = malloc(3 * count * sizeof *block);
    if (table == NULL || block == NULL) {
        free(table);
        free(block);
        return -1;
    }
    fill(table);
    *lab = (sluice_lab) {.width = width, .height = height, .plane = {block, block + count, block + 2 * count}};
    for (size_t pixel = 0; pixel < count; pixel++) {
        const unsigned char *from = pixels + 3 * pixel;
        float red = table->linear[from[0]], green = table->linear[from[1]], blue = table->linear[from[2]];
        // sRGB to XYZ, each divided by that of white.
        float x = root_of(table, 0.433953f * red + 0.376219f * green + 0.189828f * blue);
        float y = root_of(table, 0.212671f * red + 0.715160f * green + 0.072169f * blue);
        float z = root_of(table, 0.017758f * red + 0.109477f * green + 0.872765f * blue);
        lab->plane[0][pixel] = 116 * y - 16;
        lab->plane[1][pixel] = 500 * (x - y);
        lab->plane[2][pixel] = 200 * (y - z);
    }
    free(table);
    return 0;
}

void sluice_lab_free(sluice_lab *lab) {
    free(lab->plane[0]);
    lab->plane[0] = lab->plane[1] = lab->plane[2] = NULL;
}

void sluice_lab_halve(sluice_lab *lab) {
    int width = lab->width > 1 ? lab->width / 2 : 1, height = lab->height > 1 ? lab->height / 2 : 1;
    int right = lab->width > 1 ? 1 : 0, below = lab->height > 1 ? lab->width : 0;
    for (int band = 0; band < 3; band++) {
        for (int y = 0; y < height; y++) {
            const float *from = lab->plane[band] + (size_t) 2 * y * lab->width;
            float *to = lab->plane[band] + (size_t) y * width;
            for (int x = 0; x < width; x++, from += 2)
                to[x] = (from[0] + from[right] + from[below] + from[below + right]) / 4;
        }
    }
    lab->width = width;
    lab->height = height;
}
