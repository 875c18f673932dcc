#include "Axis.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LOBES 3

// The kernel at this many places in a pixel; between them by a straight line, which is off by 3e-7 at most. A batch of
// small pictures would spend a tenth of its time in sin(3) otherwise.
#define STEPS 2048
static float kernel[LOBES * STEPS + 2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static double sinc(double x) { return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI); }

static void tabulate(void) {
    for (int step = 0; step < LOBES * STEPS; step++) {
        double x = (double) step / STEPS;
        kernel[step] = (float) (sinc(x) * sinc(x / LOBES));
    }
}

static double lanczos(double x) {
    double place = fmin(fabs(x), LOBES) * STEPS;
    int step = (int) place;
    return kernel[step] + (place - step) * (kernel[step + 1] - kernel[step]);
}

static int clamp(int value, int least, int most) { return value < least ? least : value > most ? most : value; }

// How far a lobe goes, in pixels of the picture.
static double reach(const sluice_axis_size *size) { return size->shrink > 1 ? size->shrink : 1; }

// The middle of a pixel of the result. What rounding the size has left over, or wants, is shared by both edges.
static double centre(const sluice_axis_size *size, int position) {
    double rest = size->output * size->shrink - size->size;
    double middle = (position + 0.5) * size->shrink - rest / 2 - 0.5;
    return fmin(fmax(middle, 0), size->size - 1);
}

// Pixels of the picture that make one of the result; some may lie outside.
static int begin_of(const sluice_axis_size *size, double centre) { return (int) ceil(centre - LOBES * reach(size)); }
static int last_of(const sluice_axis_size *size, double centre) { return (int) floor(centre + LOBES * reach(size)); }

// The pixel of the input that counts most for one of the picture, and the other one, where there are two.
static int nearest(const sluice_axis_size *size, int pixel) {
    return clamp(clamp(pixel, 0, size->size - 1) / size->share, 0, size->input - 1);
}
static int second(const sluice_axis_size *size, int pixel) {
    int whole = clamp(pixel, 0, size->size - 1), near = nearest(size, pixel);
    return size->share == 2 ? clamp(whole % 2 ? near + 1 : near - 1, 0, size->input - 1) : near;
}

static int low_of(const sluice_axis_size *size, int pixel) {
    int a = nearest(size, pixel), b = second(size, pixel);
    return a < b ? a : b;
}
static int high_of(const sluice_axis_size *size, int pixel) {
    int a = nearest(size, pixel), b = second(size, pixel);
    return a > b ? a : b;
}

// An even pixel's lower neighbour lies lower than that of the odd one after it, and the other way round.
static int lowest(const sluice_axis_size *size, int from) {
    int a = low_of(size, from), b = low_of(size, from + 1);
    return a < b ? a : b;
}
static int highest(const sluice_axis_size *size, int to) {
    int a = high_of(size, to), b = high_of(size, to - 1);
    return a > b ? a : b;
}

static int count_taps(const sluice_axis_size *size) {
    int taps = 1;
    for (int position = 0; position < size->output; position++) {
        double middle = centre(size, position);
        int span = highest(size, last_of(size, middle)) - lowest(size, begin_of(size, middle)) + 1;
        if (span > taps) taps = span;
    }
    return taps;
}

static void weigh(sluice_axis *axis, const sluice_axis_size *size, int position, double *weights) {
    double middle = centre(size, position);
    int from = begin_of(size, middle), to = last_of(size, middle);
    // Taps beyond the end would read what is not there.
    int start = clamp(lowest(size, from), 0, axis->input > axis->taps ? axis->input - axis->taps : 0);
    memset(weights, 0, (size_t) axis->taps * sizeof(*weights));
    double sum = 0;
    for (int pixel = from; pixel <= to; pixel++) {
        double weight = lanczos((pixel - middle) / reach(size));
        weights[nearest(size, pixel) - start] += 0.75 * weight;
        weights[second(size, pixel) - start] += 0.25 * weight;
        sum += weight;
    }
    axis->first[position] = start;
    for (int tap = 0; tap < axis->taps; tap++)
        axis->weights[(size_t) position * axis->taps + tap] = (float) (weights[tap] / sum);
}

int sluice_axis_init(sluice_axis *axis, sluice_axis_size size) {
    pthread_once(&once, tabulate);
    axis->input = size.input;
    axis->output = size.output;
    axis->taps = count_taps(&size);
    axis->first = malloc((size_t) size.output * sizeof(int));
    axis->weights = malloc((size_t) size.output * axis->taps * sizeof(float));
    double *weights = malloc((size_t) axis->taps * sizeof(double));
    int result = axis->first && axis->weights && weights ? 0 : -1;
    for (int position = 0; result == 0 && position < size.output; position++) weigh(axis, &size, position, weights);
    free(weights);
    return result;
}

void sluice_axis_free(sluice_axis *axis) {
    free(axis->first);
    free(axis->weights);
}

int sluice_axis_end(const sluice_axis *axis, int position) {
    int end = axis->first[position] + axis->taps;
    return end < axis->input ? end : axis->input;
}
