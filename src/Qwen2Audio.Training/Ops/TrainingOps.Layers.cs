using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    private readonly List<Level> _levels = [new Level()]; // one for each depth of nested layers whose memory is released
    private int _depth;
    private bool _recording = true;

    /// <summary>
    /// True: only the input and output of a layer are kept, and the layer is recomputed in the backward pass. Takes the memory of one layer
    /// instead of all, for about a third more work; gradients have the same bits, including dropout and routing.
    /// </summary>
    public bool Recompute { get; set; }

    /// <summary>False: from the next <see cref="Begin"/> on nothing is recorded, there is no backward pass, and layers release their memory.</summary>
    public bool Records { get; set; } = true;

    public Variable Layer<TState>(int index, Variable x, TState state, LayerBody<Variable, TState> body)
    {
        if (_recording && !Recompute) return body(this, x, state);
        var (start, records, routed) = (new LayerStart(_dropouts, _usedRoutings, DropoutRate), _recording, _routings.Count);
        Descend(records: false);
        var inner = body(this, x, state);
        var level = Ascend(records);
        var y = inner;
        if (level.Arena.Holds(inner.Value))
        {
            y = New(inner.Value.Rows, inner.Value.Columns);
            y.Value.CopyFrom(inner.Value);
        }

        for (var i = routed; i < _routings.Count; i++) _routings[i] = Keep(_routings[i]);
        level.Clear();
        if (records && !ReferenceEquals(y, inner)) RecordAgain(x, y, state, body, start, [.. _routings.Skip(routed)]);
        return y;
    }

    private void RecordAgain<TState>(
        Variable x, Variable y, TState state, LayerBody<Variable, TState> body, LayerStart start, RoutedLayer[] routed) => _tape.Add(() =>
    {
        if (!y.Gradient.IsNull || Array.Exists(routed, layer => !layer.Logits.Gradient.IsNull)) Again(x, y, state, body, start, routed);
    });

    /// <summary>
    /// Recomputes a layer, recording it, and runs it backwards at once. The gradients of its output and router logits are set first,
    /// so that every sum is made in the same order as without recomputation.
    /// </summary>
    private void Again<TState>(
        Variable x, Variable y, TState state, LayerBody<Variable, TState> body, LayerStart start, RoutedLayer[] routed)
    {
        var (now, routings) = (new LayerStart(_dropouts, _usedRoutings, DropoutRate), _routings);
        (_dropouts, _usedRoutings, DropoutRate) = start;
        Descend(records: true);
        _routings = _levels[_depth].Routed;
        var before = _again;
        _again = true;
        body(this, x, state).Gradient = y.Gradient;
        _again = before;
        for (var i = 0; i < routed.Length; i++) _routings[i].Logits.Gradient = routed[i].Logits.Gradient;
        Backward();
        Ascend(records: true).Clear();
        _routings = routings;
        (_dropouts, _usedRoutings, DropoutRate) = now;
    }

    /// <summary>Copies what the losses need of a sparse layer whose memory is about to be released.</summary>
    private RoutedLayer Keep(RoutedLayer layer)
    {
        var logits = New(layer.Logits.Value.Rows, layer.Logits.Value.Columns);
        logits.Value.CopyFrom(layer.Logits.Value);
        var probabilities = _arena.Allocate(layer.Probabilities.Rows, layer.Probabilities.Columns);
        probabilities.CopyFrom(layer.Probabilities);
        return layer with { Logits = logits, Probabilities = probabilities };
    }

    private void Descend(bool records)
    {
        if (++_depth == _levels.Count) _levels.Add(new Level());
        Use(records);
    }

    /// <summary>Leaves a level; its memory stays valid until the level is cleared.</summary>
    private Level Ascend(bool records)
    {
        var left = _levels[_depth--];
        Use(records);
        return left;
    }

    private void Use(bool records) => (_arena, _tape, _recording) = (_levels[_depth].Arena, _levels[_depth].Tape, records);

    /// <summary>Returns to the outermost level and releases everything, wherever the previous step ended.</summary>
    private void Surface()
    {
        foreach (var level in _levels) level.Clear();
        (_depth, _routings) = (0, _levels[0].Routed);
        Use(Records);
    }

    /// <summary>True when the storage lasts as long as the variable: its level is not deeper than the variable's.</summary>
    private bool Outlives(Matrix storage, Variable variable)
    {
        for (var depth = variable.Depth + 1; depth <= _depth; depth++)
            if (_levels[depth].Arena.Holds(storage)) return false;
        return true;
    }

    /// <summary>State of random numbers and routing at the start of a layer.</summary>
    private readonly record struct LayerStart(int Dropouts, int Routings, float DropoutRate);

    private sealed class Level
    {
        public NativeArena Arena { get; } = new(4 << 20);

        public List<Action> Tape { get; } = [];

        /// <summary>Sparse layers of the step (level 0) or of a layer's recomputation.</summary>
        public List<RoutedLayer> Routed { get; } = [];

        public void Clear()
        {
            Arena.Reset();
            Tape.Clear();
            Routed.Clear();
        }
    }
}
