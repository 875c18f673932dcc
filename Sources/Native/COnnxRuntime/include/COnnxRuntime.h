// Networks, run by ONNX Runtime behind a plain C interface. The library is opened at run time: a worker that runs no
// network has nothing of it in memory, and none is linked.
//
// No function throws or prints. Threads that share a network hold it, one at a time, from the run until they have read
// what came out. One thread computes.
#ifndef SLUICE_ONNX_RUNTIME_H
#define SLUICE_ONNX_RUNTIME_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Dimensions that a tensor has at most.
#define SLUICE_MOST_DIMENSIONS 8

enum sluice_inference_result {
    sluice_inference_done = 0,
    /// The text says why.
    sluice_inference_failed = 1,
    /// An allocation was refused. The network may be freed, and nothing else.
    sluice_inference_no_memory = 2,
    /// The bytes are no ONNX file, or only a part of one.
    sluice_inference_no_model = 3
};

/// Where a function says what went wrong; always ends with NUL.
struct sluice_inference_error {
    char text[512];
};

/// The library, for as long as the process lives.
typedef struct sluice_runtime sluice_runtime;
typedef struct sluice_network sluice_network;

/// Opens the library at `path` and starts it. Call it once, before anything is confined: it looks at the processor.
enum sluice_inference_result sluice_runtime_open(
    const char *path, const sluice_runtime **runtime, struct sluice_inference_error *error);

/// Its version: "1.23.2".
const char *sluice_runtime_version(const sluice_runtime *runtime);

/// What of this processor decides how a network is compiled, a bit each.
uint32_t sluice_processor_features(void);

/// A file beside the model that holds weights, as the model names it.
struct sluice_weights {
    const char *name;
    /// Never written to.
    const void *bytes;
    size_t count;
};

/// What a network is read from.
struct sluice_model {
    /// An ONNX file; or a compiled one, whose bytes have to stay where they are: its weights are used there.
    const void *bytes;
    size_t count;
    bool is_compiled;
    /// Whether the memory of what lies between its layers is kept for the next run, in an arena. To fetch these pages anew
    /// takes as long as a small network runs; of a large one they are many, and an arena's steps are powers of two.
    bool keeps_pages;
    /// Files of weights, and how many; they may go once the network is open.
    const struct sluice_weights *weights;
    int weights_count;
    /// Where to write the network as this processor is to run it: the optimised graph with its weights, in ONNX
    /// Runtime's own format. NULL: nowhere.
    const char *compile_to;
};

enum sluice_inference_result sluice_network_open(
    const sluice_runtime *runtime, const struct sluice_model *model, sluice_network **network,
    struct sluice_inference_error *error);

/// NULL is allowed.
void sluice_network_free(sluice_network *network);

/// An input or an output of the graph.
struct sluice_port {
    const char *name;
    /// Whether it is a tensor of numbers, and these whole numbers.
    bool is_numeric, is_integer;
    int dimensions;
    /// Sizes that are left open are -1.
    int64_t shape[SLUICE_MOST_DIMENSIONS];
};

size_t sluice_network_input_count(const sluice_network *network);
size_t sluice_network_output_count(const sluice_network *network);
const struct sluice_port *sluice_network_input(const sluice_network *network, size_t index);
const struct sluice_port *sluice_network_output(const sluice_network *network, size_t index);

/// Numbers in rows: the last dimension's lie side by side. Whatever type the graph has, here they are floats.
struct sluice_tensor {
    /// Of the graph's input or output.
    const char *name;
    int dimensions;
    int64_t shape[SLUICE_MOST_DIMENSIONS];
    const float *values;
};

/// Runs it once. `outputs` comes with names, and gets shapes, and values that stay until the network is let go.
enum sluice_inference_result sluice_network_run(
    sluice_network *network, const struct sluice_tensor *inputs, size_t input_count, struct sluice_tensor *outputs,
    size_t output_count, struct sluice_inference_error *error);

/// Waits until no other thread holds the network; and lets the next one have it.
void sluice_network_hold(sluice_network *network);
void sluice_network_let_go(sluice_network *network);

#endif
