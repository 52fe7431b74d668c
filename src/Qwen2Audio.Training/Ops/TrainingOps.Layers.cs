using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

public sealed partial class TrainingOps
{
    private readonly List<Level> _levels = [new Level()]; // one for each depth of layers whose memory is given back
    private int _depth;
    private bool _recording = true;

    /// <summary>
    /// True: of a layer only input and result are kept, and it is computed a second time in the backward pass. Takes the memory of one layer
    /// in place of that of all for about a third more work; gradients have the same bits, dropout and the choice of experts included.
    /// </summary>
    public bool Recompute { get; set; }

    /// <summary>False: nothing is recorded from the next <see cref="Begin"/> on, there is no backward pass, and layers give their memory back.</summary>
    public bool Records { get; set; } = true;

    /// <inheritdoc/>
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
    /// The layer once more, recorded, and at once backwards: what came to its result and to its router's logits is put on the new ones first,
    /// so that every sum is made in the order in which it would be made without.
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

    /// <summary>What the losses need of a sparse layer whose memory is about to be given back.</summary>
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

    /// <summary>Leaves a level; what lies in it is still there until it is cleared.</summary>
    private Level Ascend(bool records)
    {
        var left = _levels[_depth--];
        Use(records);
        return left;
    }

    private void Use(bool records) => (_arena, _tape, _recording) = (_levels[_depth].Arena, _levels[_depth].Tape, records);

    /// <summary>Back to the outermost level with everything given back, wherever the step before ended.</summary>
    private void Surface()
    {
        foreach (var level in _levels) level.Clear();
        (_depth, _routings) = (0, _levels[0].Routed);
        Use(Records);
    }

    /// <summary>True when the storage lasts as long as the variable: it lies in no level deeper than it.</summary>
    private bool Outlives(Matrix storage, Variable variable)
    {
        for (var depth = variable.Depth + 1; depth <= _depth; depth++)
            if (_levels[depth].Arena.Holds(storage)) return false;
        return true;
    }

    /// <summary>Where random numbers and routing stood when a layer began.</summary>
    private readonly record struct LayerStart(int Dropouts, int Routings, float DropoutRate);

    private sealed class Level
    {
        public NativeArena Arena { get; } = new(4 << 20);

        public List<Action> Tape { get; } = [];

        /// <summary>Sparse layers of the step (level 0) or of a layer's second pass.</summary>
        public List<RoutedLayer> Routed { get; } = [];

        public void Clear()
        {
            Arena.Reset();
            Tape.Clear();
            Routed.Clear();
        }
    }
}
