using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Experts;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    private readonly List<ExpertRouting> _routingPool = [];
    private List<RoutedLayer> _routings;
    private int _usedRoutings;

    /// <summary>The sparse layers of this step, in order, for the router losses.</summary>
    internal IReadOnlyList<RoutedLayer> RoutedLayers => _routings;

    public Variable MoeFfn(Variable x, MoeWeights weights, in MoeSpec spec)
    {
        var (k, normalise) = (spec.ExpertsPerToken, spec.NormaliseTopK);
        var logits = Linear(x, weights.Router);
        if (spec.Router is { } site) Tap(site, logits);
        var routing = NextRouting();
        var probabilities = _arena.Allocate(x.Value.Rows, weights.Experts.Count);
        routing.Route(Pool, logits.Value, k, normalise, probabilities);
        _routings.Add(new RoutedLayer(logits, probabilities, routing, k));

        var learns = x.NeedsGradient || weights.Experts.Any(Learns);
        var y = New(x.Value.Rows, x.Value.Columns, learns || logits.NeedsGradient);
        y.Value.Clear();
        var grouped = RunExperts(x, weights.Experts, routing, k, out var experts);
        ExpertRows.Combine(Pool, grouped, routing, y.Value);
        Record(y, () =>
        {
            var dWeights = _arena.Allocate(x.Value.Rows, k);
            ExpertRows.CombineBackward(Pool, grouped, routing, y.Gradient, grouped, dWeights); // overwrites the outputs, which are no longer needed
            if (logits.NeedsGradient) routing.Backward(Pool, probabilities, dWeights, normalise, GradientOf(logits));
            if (learns) ExpertsBackward(x, weights.Experts, routing, experts, grouped);
        });
        return weights.Shared is null ? y : AddShared(x, y, weights);
    }

    private ExpertRouting NextRouting()
    {
        if (_usedRoutings == _routingPool.Count) _routingPool.Add(new ExpertRouting());
        return _routingPool[_usedRoutings++];
    }

    /// <summary>Runs each expert on its rows; in every matrix the rows are grouped by expert, in order.</summary>
    private Matrix RunExperts(Variable x, IReadOnlyList<GatedFfnWeights> experts, ExpertRouting routing, int k, out ExpertValues values)
    {
        var (entries, width) = (x.Value.Rows * k, x.Value.Columns);
        var inner = Of(experts[0].Gate).Rows;
        values = new ExpertValues(_arena.Allocate(entries, width), _arena.Allocate(entries, inner), _arena.Allocate(entries, inner),
            _arena.Allocate(entries, inner), experts.Any(IsAdapted) ? new LowRankValues?[3 * experts.Count] : null);
        ExpertRows.Gather(Pool, x.Value, routing, values.Input);
        for (var e = 0; e < experts.Count; e++)
        {
            var rows = Part(values.Input, routing, e);
            AddJob(rows, Of(experts[e].Gate), Part(values.Gate, routing, e));
            AddJob(rows, Of(experts[e].Up), Part(values.Up, routing, e));
        }

        RunJobs();
        for (var e = 0; e < experts.Count && values.Adapted is { } adapted; e++)
        {
            var rows = Part(values.Input, routing, e);
            adapted[3 * e] = AddLowRank(Of(experts[e].Gate).Adapter, rows, Part(values.Gate, routing, e));
            adapted[3 * e + 1] = AddLowRank(Of(experts[e].Up).Adapter, rows, Part(values.Up, routing, e));
        }

        SwiGlu.Forward(Pool, values.Gate, values.Up, values.Inner);
        var output = _arena.Allocate(entries, width);
        for (var e = 0; e < experts.Count; e++) AddJob(Part(values.Inner, routing, e), Of(experts[e].Down), Part(output, routing, e));
        RunJobs();
        for (var e = 0; e < experts.Count && values.Adapted is { } adapted; e++)
            adapted[3 * e + 2] = AddLowRank(Of(experts[e].Down).Adapter, Part(values.Inner, routing, e), Part(output, routing, e));
        return output;
    }

    private void ExpertsBackward(
        Variable x, IReadOnlyList<GatedFfnWeights> experts, ExpertRouting routing, ExpertValues values, Matrix dOutput)
    {
        var dx = x.NeedsGradient ? GradientOf(x) : default;
        var mark = _arena.Position;
        var (entries, inner) = (values.Gate.Rows, values.Gate.Columns);
        var (dInner, dGate, dUp) = (_arena.Allocate(entries, inner), _arena.Allocate(entries, inner), _arena.Allocate(entries, inner));
        for (var e = 0; e < experts.Count; e++)
        {
            var (down, dRows) = (Of(experts[e].Down), Part(dOutput, routing, e));
            AddBackJob(dRows, down, Part(dInner, routing, e), false);
            if (down.Trained) _jobs.Add(new GemmJob(dRows, true, Part(values.Inner, routing, e), false, down.Gradient, true));
        }

        RunJobs();
        for (var e = 0; e < experts.Count && values.Adapted is { } adapted; e++)
            LowRankBackward(adapted[3 * e + 2], Part(dOutput, routing, e), Part(dInner, routing, e));
        SwiGlu.Backward(Pool, values.Gate, values.Up, dInner, dGate, dUp);
        for (var e = 0; e < experts.Count; e++)
        {
            var (gate, up, rows) = (Of(experts[e].Gate), Of(experts[e].Up), Part(values.Input, routing, e));
            if (!dx.IsNull) AddBackJob(Part(dGate, routing, e), gate, Part(dOutput, routing, e), false);
            if (gate.Trained) _jobs.Add(new GemmJob(Part(dGate, routing, e), true, rows, false, gate.Gradient, true));
            if (up.Trained) _jobs.Add(new GemmJob(Part(dUp, routing, e), true, rows, false, up.Gradient, true));
        }

        RunJobs();
        for (var e = 0; e < experts.Count && !dx.IsNull; e++)
            AddBackJob(Part(dUp, routing, e), Of(experts[e].Up), Part(dOutput, routing, e), true);
        RunJobs();
        for (var e = 0; e < experts.Count && values.Adapted is { } adapted; e++)
        {
            var dRows = dx.IsNull ? default : Part(dOutput, routing, e);
            LowRankBackward(adapted[3 * e], Part(dGate, routing, e), dRows);
            LowRankBackward(adapted[3 * e + 1], Part(dUp, routing, e), dRows);
        }

        if (!dx.IsNull) ExpertRows.GatherBackward(Pool, dOutput, routing, dx);
        _arena.Release(mark);
    }

    /// <summary>y + sigmoid(sharedGate x) · shared(x).</summary>
    private Variable AddShared(Variable x, Variable y, MoeWeights weights)
    {
        var shared = GatedFfn(x, weights.Shared!);
        var gate = Linear(x, weights.SharedGate!);
        var share = _arena.Allocate(x.Value.Rows, 1);
        Elementwise.Forward(Pool, ElementwiseFunction.Sigmoid, gate.Value, share);
        var sum = New(y.Value.Rows, y.Value.Columns, y.NeedsGradient || shared.NeedsGradient || gate.NeedsGradient);
        Vectors.RowScale(Pool, shared.Value, share, sum.Value);
        Vectors.Add(Pool, y.Value, sum.Value);
        Record(sum, () =>
        {
            if (gate.NeedsGradient)
            {
                gate.Gradient = NewLike(gate);
                Vectors.RowDots(Pool, shared.Value, sum.Gradient, gate.Gradient);
                Elementwise.Backward(Pool, ElementwiseFunction.Sigmoid, gate.Value, gate.Gradient, gate.Gradient);
            }

            shared.Gradient = NewLike(shared);
            Vectors.RowScale(Pool, sum.Gradient, share, shared.Gradient);
            y.Gradient = sum.Gradient;
        });
        return sum;
    }

    private static Matrix Part(Matrix grouped, ExpertRouting routing, int expert) =>
        grouped.RowRange(routing.Starts[expert], routing.Starts[expert + 1] - routing.Starts[expert]);

    private bool Learns(GatedFfnWeights expert) => Of(expert.Gate).Learns || Of(expert.Up).Learns || Of(expert.Down).Learns;

    private bool IsAdapted(GatedFfnWeights expert) =>
        Of(expert.Gate).Adapter is not null || Of(expert.Up).Adapter is not null || Of(expert.Down).Adapter is not null;

    /// <summary>Values of the experts' rows, and the adapter values of each expert's gate, up and down projections.</summary>
    private readonly record struct ExpertValues(Matrix Input, Matrix Gate, Matrix Up, Matrix Inner, LowRankValues?[]? Adapted);
}

/// <summary>The routing of a sparse layer in this step.</summary>
/// <param name="Logits">Router logits [rows, experts].</param>
/// <param name="Probabilities">Their softmax.</param>
/// <param name="Routing">The chosen experts.</param>
/// <param name="ExpertsPerToken">Number of experts per row.</param>
internal sealed record RoutedLayer(Variable Logits, Matrix Probabilities, ExpertRouting Routing, int ExpertsPerToken)
{
    /// <summary>Whether its rows do not count: the step has none for this rank.</summary>
    public bool IsIdle { get; init; }
}
