using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>One recorded case of fixtures/operators: inputs, upstream gradients, outputs and gradients of the reference.</summary>
internal sealed class OperatorCase : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly string _prefix;
    private readonly double _outputTolerance;
    private readonly double _gradientTolerance;

    private OperatorCase(string name, int index, JsonElement settings, WorkerPool pool)
    {
        _file = SafetensorsFile.Open(Fixtures.Locate("operators", name + ".safetensors"));
        _prefix = $"{index}.";
        Settings = settings;
        _outputTolerance = settings.GetProperty("tolerance").GetProperty("output").GetDouble();
        _gradientTolerance = settings.GetProperty("tolerance").GetProperty("gradient").GetDouble();
        Parameters = new ParameterSet();
        Ops = new TrainingOps(pool);
        Ops.Begin();
    }

    public JsonElement Settings { get; }

    public ParameterSet Parameters { get; }

    public TrainingOps Ops { get; }

    /// <summary>Name and index of every recorded case of the operators; one with index -1 if there are none.</summary>
    public static TheoryData<string, int> Cases(IEnumerable<string> names)
    {
        var data = new TheoryData<string, int>();
        foreach (var name in names)
            foreach (var index in Indices(name)) data.Add(name, index);
        if (!data.Any()) data.Add("", -1);
        return data;
    }

    /// <summary>The cases of an operator; empty when the fixture is absent.</summary>
    public static IEnumerable<int> Indices(string name)
    {
        if (!Fixtures.Has("operators", "expected.json") || !Fixtures.Has("operators", name + ".safetensors")) yield break;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate("operators", "expected.json")));
        if (!document.RootElement.GetProperty("operators").TryGetProperty(name, out var found)) yield break;
        for (var i = 0; i < found.GetProperty("cases").GetArrayLength(); i++) yield return i;
    }

    public static OperatorCase Open(string name, int index, WorkerPool pool) => new(name, index, SettingsOf(name, index), pool);

    public static JsonElement SettingsOf(string name, int index)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate("operators", "expected.json")));
        return document.RootElement.GetProperty("operators").GetProperty(name).GetProperty("cases")[index].Clone();
    }

    public bool Has(string name) => _file.Tensors.ContainsKey(_prefix + name);

    public int[] Shape(string name) => [.. _file.Tensors[_prefix + name].Shape.Select(axis => (int)axis)];

    public float[] Floats(string name)
    {
        var values = new float[Shape(name).Aggregate(1, (product, axis) => product * axis)];
        _file.ReadFloats(_prefix + name, values);
        return values;
    }

    public int[] Integers(string name) => [.. _file.ReadInt64s(_prefix + name).Select(value => (int)value)];

    public byte[] Bytes(string name) => _file.ReadBytes(_prefix + name);

    /// <summary>An input with a gradient, as rows × the product of the other axes.</summary>
    public Variable Input(string name)
    {
        var shape = Shape(name);
        return Ops.InputWithGradient(Floats(name), shape[0], shape.Skip(1).Aggregate(1, (product, axis) => product * axis));
    }

    /// <summary>Names a parameter; <see cref="FillParameters"/> gives it its recorded values.</summary>
    public IWeight Weight(string name) => Parameters.Weights.Get(name, Shape(name));

    public void FillParameters()
    {
        Parameters.Allocate(_ => true);
        foreach (var parameter in Parameters.Parameters) Floats(parameter.Name).CopyTo(parameter.Value.Span);
    }

    public void SeedFrom(string output, Variable variable)
    {
        var values = Floats("upstream." + output);
        using var buffer = new NativeBuffer(values.Length);
        var matrix = buffer.Matrix(variable.Value.Rows, variable.Value.Columns);
        values.CopyTo(matrix.Span);
        Ops.Seed(variable, matrix);
    }

    public void CheckOutput(string name, Matrix actual) => Check("out." + name, actual.Span, _outputTolerance);

    public void CheckOutput(string name, ReadOnlySpan<float> actual) => Check("out." + name, actual, _outputTolerance);

    public void CheckOutput(string name, double actual) => Check("out." + name, [(float)actual], _outputTolerance);

    public void CheckGradient(string name, Variable variable) =>
        Check("grad." + name, variable.Gradient.IsNull ? new float[variable.Value.Length] : variable.Gradient.Span, _gradientTolerance);

    public void CheckParameterGradients()
    {
        foreach (var parameter in Parameters.Parameters) Check("grad." + parameter.Name, parameter.Gradient.Span, _gradientTolerance);
    }

    public void CheckGradient(string name, ReadOnlySpan<float> actual) => Check("grad." + name, actual, _gradientTolerance);

    private void Check(string name, ReadOnlySpan<float> actual, double tolerance)
    {
        var difference = Differences.Relative(Floats(name), actual);
        Assert.True(difference <= tolerance, $"{name}: {difference:e2} is over {tolerance:e2}");
    }

    public void Dispose()
    {
        Ops.Dispose();
        Parameters.Dispose();
        _file.Dispose();
    }
}
