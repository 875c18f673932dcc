#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Numbers.h"
#include "Runtime.h"

// Inputs and outputs that a graph has at most: a bound for what its file claims.
#define MOST_PORTS 64

typedef enum sluice_inference_result result;

typedef struct {
    struct sluice_port shown;
    int type;
} port;

// What a run has given: a value of the runtime's, and its numbers as floats where it has others.
typedef struct {
    OrtValue *value;
    float *converted;
} given;

struct sluice_network {
    const sluice_runtime *runtime;
    OrtSession *session;
    pthread_mutex_t held;
    port *inputs, *outputs;
    size_t input_count, output_count;
    // Of the last run.
    given given[MOST_PORTS];
};

static result check(const sluice_runtime *runtime, OrtStatus *status, struct sluice_inference_error *error) {
    return sluice_runtime_check(runtime->api, status, error);
}

#define TRY(call)                          \
    do {                                   \
        result ended_with = (call);        \
        if (ended_with) return ended_with; \
    } while (0)

static result set_options(
    const sluice_runtime *runtime, const struct sluice_model *model, OrtSessionOptions *options,
    struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    TRY(check(runtime, api->set_execution_mode(options, ort_sequential), error));
    TRY(check(runtime, api->set_threads_within_operator(options, 1), error));
    TRY(check(runtime, api->set_threads_between_operators(options, 1), error));
    TRY(check(runtime, api->disable_arena(options), error));
    TRY(check(runtime, api->disable_memory_pattern(options), error));
    TRY(check(runtime, api->set_log_severity(options, ort_log_fatal), error));
    TRY(check(runtime, api->set_optimization_level(options, ort_optimize_all), error));
    // Weights in another order would be a copy of them in memory, and gain some per cent: convolutions have theirs in
    // order once they are compiled.
    TRY(check(runtime, api->set_option(options, "session.disable_prepacking", "1"), error));
    if (model->is_compiled) {
        TRY(check(runtime, api->set_option(options, "session.load_model_format", "ORT"), error));
        TRY(check(runtime, api->set_option(options, "session.use_ort_model_bytes_directly", "1"), error));
        TRY(check(runtime, api->set_option(options, "session.use_ort_model_bytes_for_initializers", "1"), error));
    }
    if (model->compile_to) {
        TRY(check(runtime, api->set_option(options, "session.save_model_format", "ORT"), error));
        TRY(check(runtime, api->set_optimized_path(options, model->compile_to), error));
    }
    if (model->weights_count == 0) return sluice_inference_done;
    if (!runtime->takes_files) {
        snprintf(
            error->text, sizeof error->text, "its weights are in another file, which ONNX Runtime %s cannot be given; "
            "1.18 or later can", runtime->version);
        return sluice_inference_failed;
    }
    const char *names[MOST_PORTS];
    char *contents[MOST_PORTS];
    size_t lengths[MOST_PORTS];
    size_t count = model->weights_count < MOST_PORTS ? (size_t) model->weights_count : MOST_PORTS;
    for (size_t i = 0; i < count; i++) {
        names[i] = model->weights[i].name;
        contents[i] = (char *) model->weights[i].bytes;
        lengths[i] = model->weights[i].count;
    }
    return check(runtime, api->add_files(options, names, contents, lengths, count), error);
}

static result open_session(
    sluice_network *network, const struct sluice_model *model, struct sluice_inference_error *error) {
    const sluice_runtime *runtime = network->runtime;
    OrtSessionOptions *options = NULL;
    TRY(check(runtime, runtime->api->create_options(&options), error));
    result tried = set_options(runtime, model, options, error);
    if (!tried)
        tried = check(
            runtime,
            runtime->api->create_session(runtime->environment, model->bytes, model->count, options, &network->session),
            error);
    runtime->api->release_options(options);
    return tried;
}

static result describe_type(
    const sluice_runtime *runtime, const OrtTypeInfo *type, port *port, struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    int kind = 0;
    TRY(check(runtime, api->get_kind(type, &kind), error));
    if (kind != ort_kind_tensor) return sluice_inference_done;
    const OrtTensorInfo *info = NULL;
    TRY(check(runtime, api->cast_to_tensor_info(type, &info), error));
    size_t dimensions = 0;
    TRY(check(runtime, api->get_element_type(info, &port->type), error));
    TRY(check(runtime, api->get_dimension_count(info, &dimensions), error));
    if (dimensions > SLUICE_MOST_DIMENSIONS) return sluice_inference_done;
    TRY(check(runtime, api->get_dimensions(info, port->shown.shape, dimensions), error));
    port->shown.dimensions = (int) dimensions;
    port->shown.is_numeric = sluice_number_size(port->type) > 0;
    port->shown.is_integer = port->shown.is_numeric && port->type != ort_float && port->type != ort_double
        && port->type != ort_float16 && port->type != ort_bfloat16;
    return sluice_inference_done;
}

static result describe(
    const sluice_network *network, bool is_input, size_t index, port *port, struct sluice_inference_error *error) {
    const sluice_runtime *runtime = network->runtime;
    const OrtApi *api = runtime->api;
    char *name = NULL;
    TRY(check(
        runtime, (is_input ? api->get_input_name : api->get_output_name)(
                     network->session, index, runtime->allocator, &name), error));
    port->shown.name = strdup(name);
    TRY(check(runtime, api->allocator_free(runtime->allocator, name), error));
    if (!port->shown.name) return sluice_inference_no_memory;
    OrtTypeInfo *type = NULL;
    TRY(check(
        runtime, (is_input ? api->get_input_type : api->get_output_type)(network->session, index, &type), error));
    result tried = describe_type(runtime, type, port, error);
    api->release_type_info(type);
    return tried;
}

static result describe_all(
    const sluice_network *network, bool is_input, port **ports, size_t *count, struct sluice_inference_error *error) {
    const sluice_runtime *runtime = network->runtime;
    size_t found = 0;
    TRY(check(
        runtime, (is_input ? runtime->api->get_input_count : runtime->api->get_output_count)(network->session, &found),
        error));
    if (found > MOST_PORTS) {
        snprintf(error->text, sizeof error->text, "it has %zu %s", found, is_input ? "inputs" : "outputs");
        return sluice_inference_failed;
    }
    *ports = calloc(found + 1, sizeof **ports);
    if (!*ports) return sluice_inference_no_memory;
    *count = found;
    for (size_t i = 0; i < found; i++) TRY(describe(network, is_input, i, &(*ports)[i], error));
    return sluice_inference_done;
}

result sluice_network_open(
    const sluice_runtime *runtime, const struct sluice_model *model, sluice_network **opened,
    struct sluice_inference_error *error) {
    *opened = NULL;
    sluice_network *network = calloc(1, sizeof *network);
    if (!network) return sluice_inference_no_memory;
    network->runtime = runtime;
    pthread_mutex_init(&network->held, NULL);
    result tried = open_session(network, model, error);
    if (!tried) tried = describe_all(network, true, &network->inputs, &network->input_count, error);
    if (!tried) tried = describe_all(network, false, &network->outputs, &network->output_count, error);
    if (tried) sluice_network_free(network);
    else *opened = network;
    return tried;
}

static void forget_results(sluice_network *network) {
    for (size_t i = 0; i < MOST_PORTS; i++) {
        if (network->given[i].value) network->runtime->api->release_value(network->given[i].value);
        free(network->given[i].converted);
        network->given[i] = (given) {0};
    }
}

static void free_ports(port *ports, size_t count) {
    for (size_t i = 0; ports && i < count; i++) free((char *) ports[i].shown.name);
    free(ports);
}

void sluice_network_free(sluice_network *network) {
    if (!network) return;
    forget_results(network);
    if (network->session) network->runtime->api->release_session(network->session);
    free_ports(network->inputs, network->input_count);
    free_ports(network->outputs, network->output_count);
    pthread_mutex_destroy(&network->held);
    free(network);
}

size_t sluice_network_input_count(const sluice_network *network) { return network->input_count; }
size_t sluice_network_output_count(const sluice_network *network) { return network->output_count; }
const struct sluice_port *sluice_network_input(const sluice_network *network, size_t index) {
    return &network->inputs[index].shown;
}
const struct sluice_port *sluice_network_output(const sluice_network *network, size_t index) {
    return &network->outputs[index].shown;
}

static int type_of_input(const sluice_network *network, const char *name) {
    for (size_t i = 0; i < network->input_count; i++)
        if (!strcmp(network->inputs[i].shown.name, name)) return network->inputs[i].type;
    return ort_float;
}

// What goes in: the caller's own numbers, or a copy of them in the graph's type.
static result wrap(
    const sluice_network *network, const struct sluice_tensor *tensor, given *made,
    struct sluice_inference_error *error) {
    int type = type_of_input(network, tensor->name);
    size_t size = sluice_number_size(type), count = 1;
    for (int i = 0; i < tensor->dimensions; i++) count *= (size_t) tensor->shape[i];
    const void *numbers = tensor->values;
    if (type != ort_float) {
        made->converted = malloc(count * size + 1);
        if (!made->converted) return sluice_inference_no_memory;
        sluice_numbers_from_floats(tensor->values, count, type, made->converted);
        numbers = made->converted;
    }
    // It reads what it is given, and never writes to it.
    return check(
        network->runtime,
        network->runtime->api->wrap_tensor(
            network->runtime->memory, (void *) numbers, count * size, tensor->shape, (size_t) tensor->dimensions, type,
            &made->value),
        error);
}

static result read_shape(
    const sluice_runtime *runtime, const OrtTensorInfo *info, struct sluice_tensor *tensor, int *type, size_t *count,
    struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    size_t dimensions = 0;
    TRY(check(runtime, api->get_element_type(info, type), error));
    TRY(check(runtime, api->get_element_count(info, count), error));
    TRY(check(runtime, api->get_dimension_count(info, &dimensions), error));
    if (dimensions > SLUICE_MOST_DIMENSIONS || !sluice_number_size(*type)) {
        snprintf(error->text, sizeof error->text, "its output '%s' is not a plain tensor of numbers", tensor->name);
        return sluice_inference_failed;
    }
    tensor->dimensions = (int) dimensions;
    return check(runtime, api->get_dimensions(info, tensor->shape, dimensions), error);
}

static result read_output(
    const sluice_runtime *runtime, given *made, struct sluice_tensor *tensor, struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    int is_tensor = 0, type = 0;
    size_t count = 0;
    void *numbers = NULL;
    TRY(check(runtime, api->is_tensor(made->value, &is_tensor), error));
    if (!is_tensor) {
        snprintf(error->text, sizeof error->text, "its output '%s' is not a tensor", tensor->name);
        return sluice_inference_failed;
    }
    OrtTensorInfo *info = NULL;
    TRY(check(runtime, api->get_tensor_info(made->value, &info), error));
    result tried = read_shape(runtime, info, tensor, &type, &count, error);
    api->release_tensor_info(info);
    TRY(tried);
    TRY(check(runtime, api->get_data(made->value, &numbers), error));
    tensor->values = numbers;
    if (type == ort_float) return sluice_inference_done;
    made->converted = malloc(count * sizeof(float) + 1);
    if (!made->converted) return sluice_inference_no_memory;
    sluice_numbers_to_floats(numbers, count, type, made->converted);
    tensor->values = made->converted;
    return sluice_inference_done;
}

static result run(
    sluice_network *network, given *inputs, const struct sluice_tensor *wanted_inputs, size_t input_count,
    struct sluice_tensor *outputs, size_t output_count, struct sluice_inference_error *error) {
    const char *input_names[MOST_PORTS], *output_names[MOST_PORTS];
    const OrtValue *given_values[MOST_PORTS];
    OrtValue *values[MOST_PORTS] = {0};
    for (size_t i = 0; i < input_count; i++) {
        TRY(wrap(network, &wanted_inputs[i], &inputs[i], error));
        input_names[i] = wanted_inputs[i].name;
        given_values[i] = inputs[i].value;
    }
    for (size_t i = 0; i < output_count; i++) output_names[i] = outputs[i].name;
    result tried = check(
        network->runtime,
        network->runtime->api->run(
            network->session, NULL, input_names, given_values, input_count, output_names, output_count, values),
        error);
    for (size_t i = 0; i < output_count; i++) network->given[i].value = values[i];
    for (size_t i = 0; i < output_count && !tried; i++)
        tried = read_output(network->runtime, &network->given[i], &outputs[i], error);
    return tried;
}

result sluice_network_run(
    sluice_network *network, const struct sluice_tensor *inputs, size_t input_count, struct sluice_tensor *outputs,
    size_t output_count, struct sluice_inference_error *error) {
    if (input_count > MOST_PORTS || output_count > MOST_PORTS) {
        snprintf(error->text, sizeof error->text, "too many inputs or outputs");
        return sluice_inference_failed;
    }
    forget_results(network);
    given made[MOST_PORTS] = {0};
    result tried = run(network, made, inputs, input_count, outputs, output_count, error);
    for (size_t i = 0; i < input_count; i++) {
        if (made[i].value) network->runtime->api->release_value(made[i].value);
        free(made[i].converted);
    }
    return tried;
}

void sluice_network_hold(sluice_network *network) { pthread_mutex_lock(&network->held); }

void sluice_network_let_go(sluice_network *network) {
    forget_results(network);
    pthread_mutex_unlock(&network->held);
}
