using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>What holds for every operator of <see cref="TrainingOps"/>: it computes what inference computes, and its gradient is right.</summary>
public sealed class TrainingOpsContractTests
{
    private static readonly int[] Lengths = [6, 1, 0, 13];

    public static TheoryData<string> Every => [.. OperatorsUnderTest.All];

    public static TheoryData<string, float> EveryScale
    {
        get
        {
            var data = new TheoryData<string, float>();
            foreach (var name in OperatorsUnderTest.All)
                foreach (var scale in new[] { 1f, 1e4f, 1e-20f }) data.Add(name, scale);
            return data;
        }
    }

    [Theory, MemberData(nameof(EveryScale))]
    public void TheForwardPassIsThatOfInference(string name, float scale)
    {
        var values = OperatorsUnderTest.Random(20, scale);
        using var training = new TrainingRun(name, threads: 2);
        using var pool = new WorkerPool(2);
        using var ops = new InferenceOps(pool);
        using var weights = new InferenceWeights();
        var expected = OperatorsUnderTest<Matrix>.Of(name)(ops, weights, ops.Input(values, 20, OperatorsUnderTest.Width), Layout.Of(Lengths));
        var found = training.Forward(values, Layout.Of(Lengths)).Value;
        Assert.Equal((expected.Rows, expected.Columns), (found.Rows, found.Columns));
        Assert.True(Differences.Relative(expected.Span, found.Span) <= 1e-6, $"{name} differs by {Differences.Relative(expected.Span, found.Span):e2} of its size.");
    }

    [Theory, MemberData(nameof(EveryScale))]
    public void TheNumberOfThreadsChangesNoGradient(string name, float scale)
    {
        var values = OperatorsUnderTest.Random(150, scale);
        var rows = Layout.Of(100, 50);
        using var one = new TrainingRun(name, threads: 1);
        using var three = new TrainingRun(name, threads: 3);
        var (expected, found) = (one.Gradients(values, rows), three.Gradients(values, rows));
        Assert.Equal(expected.Input, found.Input);
        foreach (var (parameter, gradient) in expected.Parameters) Assert.Equal(gradient, found.Parameters[parameter]);
    }

    /// <summary>
    /// Along a random direction of the input and of each parameter, the slope of ⟨upstream, y⟩ by central differences. Each direction
    /// is tried with several widths: too wide a step crosses kinks and bends, too narrow a one drowns in float32's rounding.
    /// </summary>
    [Theory, MemberData(nameof(Every))]
    public void TheGradientIsTheSlope(string name)
    {
        var rows = Layout.Of(Lengths);
        var values = OperatorsUnderTest.Random(20, 1);
        using var run = new TrainingRun(name, threads: 2);
        var (input, parameters) = run.Gradients(values, rows);
        FiniteDifferences.Check("x", input, values, () => run.Weighted(values, rows));
        foreach (var (parameter, gradient) in parameters)
        {
            var held = run.Values(parameter);
            var original = held.ToArray();
            var moved = held.ToArray();
            FiniteDifferences.Check(parameter, gradient, moved, () =>
            {
                moved.CopyTo(run.Values(parameter));
                return run.Weighted(values, rows);
            });
            original.CopyTo(run.Values(parameter));
        }
    }

    /// <summary>One operator on its own parameters, whose values are those of <see cref="InferenceWeights"/>.</summary>
    private sealed class TrainingRun : IDisposable
    {
        private readonly WorkerPool _pool;
        private readonly TrainingOps _ops;
        private readonly ParameterSet _parameters = new();
        private readonly Operator<Variable> _operator;

        public TrainingRun(string name, int threads)
        {
            _pool = new WorkerPool(threads);
            _ops = new TrainingOps(_pool);
            _operator = OperatorsUnderTest<Variable>.Of(name);
            using var numbers = new InferenceWeights();
            using var inference = new InferenceOps(_pool);
            var x = inference.Input(OperatorsUnderTest.Random(1, 1), 1, OperatorsUnderTest.Width);
            OperatorsUnderTest<Matrix>.Of(name)(inference, numbers, x, Layout.Of(1)); // asks for the weights
            foreach (var weight in numbers.Made) _parameters.Weights.Get(weight.Name, [.. weight.Shape]);
            _parameters.Allocate(_ => true);
            foreach (var parameter in _parameters.Parameters)
                InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        }

        public Span<float> Values(string parameter) => _parameters[parameter].Value.Span;

        public Variable Forward(float[] values, Layout rows)
        {
            _ops.Begin();
            return _operator(_ops, _parameters.Weights, _ops.InputWithGradient(values, rows.Rows, OperatorsUnderTest.Width), rows);
        }

        /// <summary>⟨upstream, y⟩.</summary>
        public double Weighted(float[] values, Layout rows)
        {
            var y = Forward(values, rows).Value.Span;
            var upstream = Upstream(y.Length);
            double sum = 0;
            for (var i = 0; i < y.Length; i++) sum += (double)upstream[i] * y[i];
            return sum;
        }

        public (float[] Input, Dictionary<string, float[]> Parameters) Gradients(float[] values, Layout rows)
        {
            _ops.Begin();
            _parameters.Gradients.Clear();
            var x = _ops.InputWithGradient(values, rows.Rows, OperatorsUnderTest.Width);
            var y = _operator(_ops, _parameters.Weights, x, rows);
            var seed = _ops.Scratch(y.Value.Rows, y.Value.Columns);
            Upstream(y.Value.Length).CopyTo(seed.Span);
            _ops.Seed(y, seed);
            _ops.Backward();
            var parameters = _parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Gradient.Span.ToArray());
            return (x.Gradient.Span.ToArray(), parameters);
        }

        public void Dispose()
        {
            _ops.Dispose();
            _parameters.Dispose();
            _pool.Dispose();
        }

        private static float[] Upstream(long length)
        {
            var random = new Random(2);
            return [.. Enumerable.Range(0, (int)length).Select(_ => InferenceWeights.Normal(random))];
        }
    }
}
