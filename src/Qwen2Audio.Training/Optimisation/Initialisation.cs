using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// Initial values for training from scratch, by the published names of the weights: gains 1, biases 0, linear layers
/// normal with variance 1/(3·in) (the variance of torch's default), dense convolutions He (2/(in·kernel)), depthwise ones 1/kernel,
/// embeddings 0.05, routers 0.02, CTC heads a tenth so that no class is preferred at first. Snake's alpha is 1; the norms of weight-normalised
/// kernels are those of their directions, so that weight norm changes nothing at first.
/// </summary>
internal static class Initialisation
{
    private const double EmbeddingDeviation = 0.05;
    private const double RouterDeviation = 0.02;

    /// <summary>Fills every parameter; values depend only on <paramref name="seed"/> and the parameter's name.</summary>
    public static void Fill(ParameterSet parameters, ulong seed)
    {
        foreach (var parameter in parameters.Parameters) Fill(parameter, seed);
        foreach (var parameter in parameters.Parameters)
            if (DirectionOf(parameter.Name) is { } direction) FillLengths(parameter, parameters[direction]);
    }

    // the two published names for weight norm
    private static string? DirectionOf(string name) =>
        name.EndsWith("weight_g", StringComparison.Ordinal) ? name[..^1] + "v"
        : name.EndsWith("weight.original0", StringComparison.Ordinal) ? name[..^1] + "1" : null;

    private static void FillLengths(Parameter lengths, Parameter directions)
    {
        for (var r = 0; r < directions.Value.Rows; r++)
        {
            var sum = 0.0;
            foreach (var value in directions.Value.Row(r)) sum += (double)value * value;
            lengths.Value.Span[r] = (float)Math.Sqrt(sum);
        }
    }

    private static void Fill(Parameter parameter, ulong seed)
    {
        if (parameter.Name.EndsWith("norm.weight", StringComparison.Ordinal) || parameter.Name.EndsWith("alpha", StringComparison.Ordinal))
        {
            parameter.Value.Fill(1);
            return;
        }

        if (parameter.Shape.Count == 1)
        {
            parameter.Value.Clear();
            return;
        }

        var random = new CounterNormal(seed ^ NameHash(parameter.Name));
        var deviation = Deviation(parameter);
        for (var r = 0; r < parameter.Value.Rows; r++)
            foreach (ref var value in parameter.Value.Row(r)) value = (float)(deviation * random.Next());
    }

    private static double Deviation(Parameter parameter)
    {
        var name = parameter.Name;
        if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal)) return EmbeddingDeviation;
        if (name.EndsWith("mlp.gate.weight", StringComparison.Ordinal)) return RouterDeviation;
        var inputs = parameter.Columns;
        if (parameter.Shape.Count == 3) return Math.Sqrt((parameter.Shape[1] == 1 ? 1.0 : 2.0) / inputs);
        var deviation = Math.Sqrt(1.0 / (3 * inputs));
        return name.Contains("ctc.", StringComparison.Ordinal) ? 0.1 * deviation : deviation;
    }

    /// <summary>FNV-1a: the same on every machine and in every run.</summary>
    internal static ulong NameHash(string name)
    {
        var hash = 14695981039346656037ul;
        foreach (var c in name) hash = unchecked((hash ^ c) * 1099511628211ul);
        return hash;
    }

    /// <summary>Normal random numbers by the Box–Muller transform of SplitMix64.</summary>
    private sealed class CounterNormal(ulong seed)
    {
        private ulong _state = seed;
        private double _spare;
        private bool _hasSpare;

        public double Next()
        {
            if (_hasSpare)
            {
                _hasSpare = false;
                return _spare;
            }

            var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * Uniform());
            _spare = radius * sin;
            _hasSpare = true;
            return radius * cos;
        }

        private double Uniform()
        {
            unchecked
            {
                _state += 0x9E3779B97F4A7C15ul;
                var z = _state;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ul;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EBul;
                return ((z ^ (z >> 31)) >> 11) * (1.0 / (1ul << 53));
            }
        }
    }
}
