using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Ops;

public sealed partial class TrainingOps
{
    private readonly List<ExpertRouting> _routingPool = [];
    private List<RoutedLayer> _routings;
    private int _usedRoutings;

    /// <summary>The sparse layers of this step, in order: what the router losses are made of.</summary>
    public IReadOnlyList<RoutedLayer> RoutedLayers => _routings;

    /// <inheritdoc/>
    public Variable MoeFfn(Variable x, MoeWeights weights, in MoeSpec spec, out Variable routerLogits)
    {
        var (k, normalise) = (spec.ExpertsPerToken, spec.NormaliseTopK);
        var logits = routerLogits = Linear(x, weights.Router);
        var routing = NextRouting();
        var probabilities = _arena.Allocate(x.Value.Rows, weights.Experts.Count);
        routing.Route(Pool, logits.Value, k, normalise, probabilities);
        _routings.Add(new RoutedLayer(logits, probabilities, routing, k));

        var y = New(x.Value.Rows, x.Value.Columns);
        y.Value.Clear();
        var grouped = RunExperts(x, weights.Experts, routing, k, out var experts);
        ExpertRows.Combine(Pool, grouped, routing, y.Value);
        Record(y, () =>
        {
            var dWeights = _arena.Allocate(x.Value.Rows, k);
            ExpertRows.CombineBackward(Pool, grouped, routing, y.Gradient, grouped, dWeights); // the outputs are not needed again
            routing.Backward(Pool, probabilities, dWeights, normalise, GradientOf(logits));
            ExpertsBackward(x, weights.Experts, routing, experts, grouped);
        });
        return weights.Shared is null ? y : AddShared(x, y, weights);
    }

    private ExpertRouting NextRouting()
    {
        if (_usedRoutings == _routingPool.Count) _routingPool.Add(new ExpertRouting());
        return _routingPool[_usedRoutings++];
    }

    /// <summary>Runs each expert on its rows; rows of an expert lie together in every matrix, experts in order.</summary>
    private Matrix RunExperts(Variable x, IReadOnlyList<GatedFfnWeights> experts, ExpertRouting routing, int k, out ExpertValues values)
    {
        var (entries, width) = (x.Value.Rows * k, x.Value.Columns);
        var inner = Of(experts[0].Gate).Rows;
        values = new ExpertValues(_arena.Allocate(entries, width), _arena.Allocate(entries, inner), _arena.Allocate(entries, inner),
            _arena.Allocate(entries, inner));
        ExpertRows.Gather(Pool, x.Value, routing, values.Input);
        var jobs = new GemmJob[2 * experts.Count];
        for (var e = 0; e < experts.Count; e++)
        {
            var rows = values.Input.RowRange(routing.Starts[e], routing.Starts[e + 1] - routing.Starts[e]);
            jobs[2 * e] = new GemmJob(rows, false, Of(experts[e].Gate).Value, true, Part(values.Gate, routing, e), false);
            jobs[2 * e + 1] = new GemmJob(rows, false, Of(experts[e].Up).Value, true, Part(values.Up, routing, e), false);
        }

        Gemm.MultiplyAll(Pool, jobs);
        SwiGlu.Forward(Pool, values.Gate, values.Up, values.Inner);
        var output = _arena.Allocate(entries, width);
        for (var e = 0; e < experts.Count; e++)
            jobs[e] = new GemmJob(Part(values.Inner, routing, e), false, Of(experts[e].Down).Value, true, Part(output, routing, e), false);
        Gemm.MultiplyAll(Pool, jobs.AsSpan(0, experts.Count));
        return output;
    }

    private void ExpertsBackward(
        Variable x, IReadOnlyList<GatedFfnWeights> experts, ExpertRouting routing, ExpertValues values, Matrix dOutput)
    {
        var dx = GradientOf(x);
        var mark = _arena.Position;
        var (entries, inner) = (values.Gate.Rows, values.Gate.Columns);
        var (dInner, dGate, dUp) = (_arena.Allocate(entries, inner), _arena.Allocate(entries, inner), _arena.Allocate(entries, inner));
        var jobs = new List<GemmJob>(3 * experts.Count);
        for (var e = 0; e < experts.Count; e++)
        {
            var (down, dRows) = (Of(experts[e].Down), Part(dOutput, routing, e));
            jobs.Add(new GemmJob(dRows, false, down.Value, false, Part(dInner, routing, e), false));
            if (down.Trained) jobs.Add(new GemmJob(dRows, true, Part(values.Inner, routing, e), false, down.Gradient, true));
        }

        Run(jobs);
        SwiGlu.Backward(Pool, values.Gate, values.Up, dInner, dGate, dUp);
        for (var e = 0; e < experts.Count; e++)
        {
            var (gate, up, rows) = (Of(experts[e].Gate), Of(experts[e].Up), Part(values.Input, routing, e));
            jobs.Add(new GemmJob(Part(dGate, routing, e), false, gate.Value, false, Part(dOutput, routing, e), false));
            if (gate.Trained) jobs.Add(new GemmJob(Part(dGate, routing, e), true, rows, false, gate.Gradient, true));
            if (up.Trained) jobs.Add(new GemmJob(Part(dUp, routing, e), true, rows, false, up.Gradient, true));
        }

        Run(jobs);
        for (var e = 0; e < experts.Count; e++)
            jobs.Add(new GemmJob(Part(dUp, routing, e), false, Of(experts[e].Up).Value, false, Part(dOutput, routing, e), true));
        Run(jobs);
        ExpertRows.GatherBackward(Pool, dOutput, routing, dx);
        _arena.Release(mark);
    }

    private void Run(List<GemmJob> jobs)
    {
        Gemm.MultiplyAll(Pool, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(jobs));
        jobs.Clear();
    }

    /// <summary>y + sigmoid(sharedGate x) · shared(x).</summary>
    private Variable AddShared(Variable x, Variable y, MoeWeights weights)
    {
        var shared = GatedFfn(x, weights.Shared!);
        var gate = Linear(x, weights.SharedGate!);
        var share = _arena.Allocate(x.Value.Rows, 1);
        Elementwise.Forward(Pool, ElementwiseFunction.Sigmoid, gate.Value, share);
        var sum = New(y.Value.Rows, y.Value.Columns);
        Vectors.RowScale(Pool, shared.Value, share, sum.Value);
        Vectors.Add(Pool, y.Value, sum.Value);
        Record(sum, () =>
        {
            gate.Gradient = NewLike(gate);
            Vectors.RowDots(Pool, shared.Value, sum.Gradient, gate.Gradient);
            Elementwise.Backward(Pool, ElementwiseFunction.Sigmoid, gate.Value, gate.Gradient, gate.Gradient);
            shared.Gradient = NewLike(shared);
            Vectors.RowScale(Pool, sum.Gradient, share, shared.Gradient);
            y.Gradient = sum.Gradient;
        });
        return sum;
    }

    private static Matrix Part(Matrix grouped, ExpertRouting routing, int expert) =>
        grouped.RowRange(routing.Starts[expert], routing.Starts[expert + 1] - routing.Starts[expert]);

    private readonly record struct ExpertValues(Matrix Input, Matrix Gate, Matrix Up, Matrix Inner);
}

/// <summary>What a sparse layer decided in this step.</summary>
/// <param name="Logits">Router logits [rows, experts].</param>
/// <param name="Probabilities">Their softmax.</param>
/// <param name="Routing">The choice.</param>
/// <param name="ExpertsPerToken">How many experts a row has.</param>
public sealed record RoutedLayer(Variable Logits, Matrix Probabilities, ExpertRouting Routing, int ExpertsPerToken);
