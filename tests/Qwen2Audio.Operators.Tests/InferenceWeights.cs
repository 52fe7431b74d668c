using System.Runtime.InteropServices;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Weights whose values depend only on their name, of magnitude about 1/√columns.</summary>
internal sealed class InferenceWeights : IWeights, IDisposable
{
    private readonly string _prefix;
    private readonly WeightStorage _storage;
    private readonly string? _zero;
    private readonly Dictionary<string, InferenceWeight> _made;
    private readonly List<nint> _memory;

    /// <param name="storage">How they are held.</param>
    /// <param name="zero">The name of a weight that is zero.</param>
    public InferenceWeights(WeightStorage storage = WeightStorage.Packed, string? zero = null) =>
        (_prefix, _storage, _zero, _made, _memory) = ("", storage, zero, [], []);

    private InferenceWeights(string prefix, InferenceWeights above) =>
        (_prefix, _storage, _zero, _made, _memory) = (prefix, above._storage, above._zero, above._made, above._memory);

    /// <summary>The weights that were requested.</summary>
    public IReadOnlyCollection<InferenceWeight> Made => _made.Values;

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        var full = _prefix + name;
        return _made.TryGetValue(full, out var known) ? known : Make(full, shape);
    }

    private InferenceWeight Make(string full, ReadOnlySpan<int> shape)
    {
        var isVector = shape.Length == 1;
        var map = _storage == WeightStorage.Stored && shape.Length == 2 ? Stored(full, shape[0], shape[1]) : null;
        var weight = new InferenceWeight(full, shape, full == _zero ? matrix => matrix.Clear() : matrix => Fill(full, isVector, matrix), map);
        _made.Add(full, weight);
        return weight;
    }

    /// <summary>The same values in separate memory, as in a mapped file.</summary>
    private Func<StoredMatrix> Stored(string name, int rows, int columns)
    {
        using var buffer = new NativeBuffer((long)rows * columns);
        var numbers = buffer.Matrix(rows, columns);
        Fill(name, isVector: false, numbers);
        var memory = Marshal.AllocHGlobal(rows * columns * sizeof(float));
        _memory.Add(memory);
        Marshal.Copy(numbers.Span.ToArray(), 0, memory, rows * columns);
        return () => new StoredMatrix(memory, (long)rows * columns * sizeof(float), StoredType.Float32, rows, columns);
    }

    /// <summary>The values of the weight with this name.</summary>
    public static void Fill(string name, bool isVector, Matrix numbers)
    {
        var random = new Random(name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
        var scale = isVector ? 0.3f : 1 / MathF.Sqrt(numbers.Columns);
        for (var row = 0; row < numbers.Rows; row++)
            foreach (ref var number in numbers.Row(row)) number = scale * Normal(random) + (isVector ? 1 : 0);
    }

    public bool Contains(string name) => true;

    public IWeights Sub(string below) => new InferenceWeights($"{_prefix}{below}.", this);

    public void Dispose()
    {
        foreach (var weight in _made.Values) weight.Dispose();
        foreach (var memory in _memory) Marshal.FreeHGlobal(memory);
        _memory.Clear();
    }

    public static float Normal(Random random)
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += random.NextDouble();
        return (float)sum;
    }

    public static Qwen2Config Config(bool experts = false, int window = 0, bool tied = true) => TinyConfigs.Text with
    {
        VocabSize = 67,
        TieWordEmbeddings = tied,
        SlidingWindow = window,
        MaxWindowLayers = 1,
        Moe = experts ? TinyConfigs.Experts with { NumExperts = 6, DecoderSparseStep = 2, RouterAuxLossCoef = 0.001 } : null,
    };
}
