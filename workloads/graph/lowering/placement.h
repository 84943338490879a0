// SPDX-License-Identifier: Apache-2.0
// Turns one node of a graph into layers of the network, or into a view of what is there. One
// function an operator, one file a family; an operator is added by its struct in graph.h, its shape
// and its placement.
#pragma once

#include "workloads/graph/lowering/layer_builder.h"

namespace systerm {

// Each throws Unplaceable where the node has no layer, GraphError where it is inconsistent.
void place(LayerBuilder& builder, const GraphNode& node, const op::Convolution& convolution);
void place(LayerBuilder& builder, const GraphNode& node, const op::Linear& linear);
void place(LayerBuilder& builder, const GraphNode& node, const op::MatMul& product);
void place(LayerBuilder& builder, const GraphNode& node, const op::Pooling& pooling);
void place(LayerBuilder& builder, const GraphNode& node, const op::GlobalPooling& pooling);
void place(LayerBuilder& builder, const GraphNode& node, const op::ReduceMean& reduce);
void place(LayerBuilder& builder, const GraphNode& node, const op::Activate& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::BatchNorm& norm);
void place(LayerBuilder& builder, const GraphNode& node, const op::Binary& binary);
void place(LayerBuilder& builder, const GraphNode& node, const op::Concatenate& concatenate);
void place(LayerBuilder& builder, const GraphNode& node, const op::Softmax& softmax);
void place(LayerBuilder& builder, const GraphNode& node, const op::Norm& norm);
void place(LayerBuilder& builder, const GraphNode& node, const op::Rotary& rotary);
void place(LayerBuilder& builder, const GraphNode& node, const op::Lookup& lookup);
void place(LayerBuilder& builder, const GraphNode& node, const op::Slice& slice);
void place(LayerBuilder& builder, const GraphNode& node, const op::Expand& expand);
void place(LayerBuilder& builder, const GraphNode& node, const op::Select& select);
void place(LayerBuilder& builder, const GraphNode& node, const op::Shift& shift);
void place(LayerBuilder& builder, const GraphNode& node,
           const op::TransposedConvolution& convolution);
void place(LayerBuilder& builder, const GraphNode& node, const op::Recurrent& recurrent);
void place(LayerBuilder& builder, const GraphNode& node, const op::Pad& pad);
void place(LayerBuilder& builder, const GraphNode& node, const op::Flatten& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Reshape& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Squeeze& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Unsqueeze& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Transpose& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Identity& operation);
void place(LayerBuilder& builder, const GraphNode& node, const op::Quantize& quantize);

/// A function of each element: a further step of the layer that makes `input`, else a layer.
void activate(LayerBuilder& builder, const GraphNode& node, TensorId input,
              const Activation& activation);
/// A product of two activations whose axes lie in memory as the array can take them.
void product_of_activations(LayerBuilder& builder, const GraphNode& node);
/// Joins inputs along any axis, and pads or crops any axis, element by element.
void concatenate_elements(LayerBuilder& builder, const GraphNode& node, std::size_t axis);
void pad_elements(LayerBuilder& builder, const GraphNode& node, const op::Pad& pad);
/// The window with the padding that the value still asks for.
Window padded(Window window, const LayerBuilder::Value& value);

}  // namespace systerm
