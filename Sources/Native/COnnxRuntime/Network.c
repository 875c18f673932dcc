#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Network.h"
#include "Numbers.h"

static result set_options(
    const sluice_runtime *runtime, const struct sluice_model *model, OrtSessionOptions *options,
    struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    TRY(check(runtime, api->set_execution_mode(options, ort_sequential), error));
    TRY(check(runtime, api->set_threads_within_operator(options, 1), error));
    TRY(check(runtime, api->set_threads_between_operators(options, 1), error));
    if (!model->keeps_pages) TRY(check(runtime, api->disable_arena(options), error));
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
    if (model->is_compiled) return sluice_inference_done;
    if (!runtime->takes_files) {
        if (model->weights_count == 0) return sluice_inference_done;
        snprintf(
            error->text, sizeof error->text, "its weights are in another file, which ONNX Runtime %s cannot be given; "
            "1.18 or later can", runtime->version);
        return sluice_inference_failed;
    }
    const char *names[MOST_PORTS];
    char *contents[MOST_PORTS];
    size_t lengths[MOST_PORTS];
    size_t count = (size_t) model->weights_count;
    if (count >= MOST_PORTS) {
        snprintf(error->text, sizeof error->text, "it has %zu files of weights; %d at most", count, MOST_PORTS - 1);
        return sluice_inference_failed;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = model->weights[i].name;
        contents[i] = (char *) model->weights[i].bytes;
        lengths[i] = model->weights[i].count;
    }
    // One more that no graph names: where files are given, no other is looked for, wherever its path would lead.
    static char nothing[1];
    names[count] = "\1";
    contents[count] = nothing;
    lengths[count] = sizeof nothing;
    return check(runtime, api->add_files(options, names, contents, lengths, count + 1), error);
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

void sluice_network_forget(sluice_network *network) {
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
    sluice_network_forget(network);
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

void sluice_network_hold(sluice_network *network) { pthread_mutex_lock(&network->held); }

void sluice_network_let_go(sluice_network *network) {
    sluice_network_forget(network);
    pthread_mutex_unlock(&network->held);
}
