#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "Parts.h"

// Colours are counted with 4 bits of each of red, green and blue.
#define COLOURS 4096

typedef struct {
    // Shares of pixels.
    double white, black, grey, vivid;
    // Shares of pairs of neighbours: the same, hardly different, very different.
    double same, similar, sharp;
} shares;

typedef struct {
    // Shares of pixels of the most common colour and of the eight most common ones, and of the former along the border.
    double first, eight, border;
    int used;
} palette;

static int biggest(int a, int b, int c) { return a > b ? (a > c ? a : c) : b > c ? b : c; }
static int smallest(int a, int b, int c) { return a < b ? (a < c ? a : c) : b < c ? b : c; }

static void compare(const unsigned char *a, const unsigned char *b, shares *sum) {
    int difference = biggest(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2]));
    sum->same += difference == 0;
    sum->similar += difference <= 4;
    sum->sharp += difference >= 64;
}

static shares shares_of(const unsigned char *pixels, int width, int height) {
    shares sum = {0};
    double count = (double) width * height, pairs = (double) (width - 1) * height + (double) width * (height - 1);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const unsigned char *pixel = pixels + 3 * ((size_t) y * width + x);
            int most = biggest(pixel[0], pixel[1], pixel[2]), least = smallest(pixel[0], pixel[1], pixel[2]);
            sum.white += least >= 240;
            sum.black += most <= 16;
            sum.grey += most - least <= 10;
            sum.vivid += most - least >= 128;
            if (x + 1 < width) compare(pixel, pixel + 3, &sum);
            if (y + 1 < height) compare(pixel, pixel + 3 * (size_t) width, &sum);
        }
    }
    // A single pixel is as even as can be.
    if (pairs == 0) return (shares) {sum.white, sum.black, sum.grey, sum.vivid, 1, 1, 0};
    return (shares) {
        sum.white / count, sum.black / count, sum.grey / count, sum.vivid / count,
        sum.same / pairs, sum.similar / pairs, sum.sharp / pairs,
    };
}

static int colour_of(const unsigned char *pixel) { return (pixel[0] >> 4) << 8 | (pixel[1] >> 4) << 4 | pixel[2] >> 4; }

static double border_share(const unsigned char *pixels, int width, int height, int colour) {
    double found = 0, all = 0;
    for (int y = 0; y < height; y++) {
        int step = y == 0 || y == height - 1 || width == 1 ? 1 : width - 1;
        for (int x = 0; x < width; x += step, all++)
            found += colour_of(pixels + 3 * ((size_t) y * width + x)) == colour;
    }
    return found / all;
}

static int palette_of(const unsigned char *pixels, int width, int height, palette *result) {
    int *counts = calloc(COLOURS, sizeof *counts), most[8] = {0}, common = 0;
    if (counts == NULL) return -1;
    size_t count = (size_t) width * height;
    for (size_t pixel = 0; pixel < count; pixel++) counts[colour_of(pixels + 3 * pixel)]++;
    *result = (palette) {0};
    for (int colour = 0; colour < COLOURS; colour++) {
        int value = counts[colour];
        // A few pixels are noise.
        if (value > 0 && value >= count / 10000.0) result->used++;
        if (value > counts[common]) common = colour;
        for (int place = 0; place < 8; place++) {
            if (value <= most[place]) continue;
            int lower = most[place];
            most[place] = value;
            value = lower;
        }
    }
    result->first = (double) most[0] / count;
    for (int place = 0; place < 8; place++) result->eight += (double) most[place] / count;
    result->border = border_share(pixels, width, height, common);
    free(counts);
    return 0;
}

sluice_spread sluice_spread_of(const sluice_lab *lab) {
    const int width = lab->width, height = lab->height;
    double sum = 0, squares = 0, lines = 0, columns = 0;
    for (int y = 0; y < height; y++) {
        double line = 0;
        for (int x = 0; x < width; x++) {
            double light = lab->plane[0][(size_t) y * width + x];
            line += light;
            squares += light * light;
        }
        sum += line;
        lines += line / width * line / width;
    }
    for (int x = 0; x < width; x++) {
        double column = 0;
        for (int y = 0; y < height; y++) column += lab->plane[0][(size_t) y * width + x];
        columns += column / height * column / height;
    }
    double mean = sum / ((double) width * height), square = mean * mean;
    return (sluice_spread) {
        sqrt(fmax(squares / ((double) width * height) - square, 0)), sqrt(fmax(lines / height - square, 0)),
        sqrt(fmax(columns / width - square, 0)),
    };
}

// A measure from 0 to 1, upon the two bins around it.
static void put(double value, float **numbers) {
    double place = fmin(fmax(value, 0), 1) * (SLUICE_MEASURE_BINS - 1);
    int first = place < SLUICE_MEASURE_BINS - 2 ? (int) place : SLUICE_MEASURE_BINS - 2;
    (*numbers)[first] = (float) (1 - (place - first));
    (*numbers)[first + 1] = (float) (place - first);
    *numbers += SLUICE_MEASURE_BINS;
}

int sluice_measures(
    const unsigned char *pixels, int width, int height, sluice_spread light, const sluice_edge_sum edges[2],
    float *numbers) {
    shares share = shares_of(pixels, width, height);
    palette colours;
    if (palette_of(pixels, width, height, &colours)) return -1;
    // Where little tells much, the square root gives it room.
    put(share.same, &numbers);
    put(share.similar, &numbers);
    put(sqrt(share.sharp) * 1.5, &numbers);
    put(share.white, &numbers);
    put(share.black, &numbers);
    put(share.grey, &numbers);
    put(sqrt(share.vivid), &numbers);
    put(colours.first, &numbers);
    put(colours.eight, &numbers);
    put(colours.border, &numbers);
    put(log2(1.0 + colours.used) / 10, &numbers);
    put(sqrt(light.all / 50), &numbers);
    put(light.lines / (light.all + 1), &numbers);
    put(light.columns / (light.all + 1), &numbers);
    put(edges[0].straight / (edges[0].all + 0.01), &numbers);
    put(2 * edges[0].all / (edges[0].all + edges[1].all + 0.01) - 0.5, &numbers);
    put((log2((double) width / height) + 2) / 4, &numbers);
    put(log2(width > height ? width : height) / 8, &numbers);
    return 0;
}
