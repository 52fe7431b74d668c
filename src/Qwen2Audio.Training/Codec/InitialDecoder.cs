using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>The decoder's initial weights, of which the published ones have a share.</summary>
internal sealed class InitialDecoder
{
    private readonly float _share;
    private readonly List<(Parameter Parameter, float[] Values)> _initial;

    /// <summary>Copies the weights under <c>decoder</c> as they are now.</summary>
    public InitialDecoder(ParameterSet parameters, float share) =>
        (_share, _initial) = (share, Copies(parameters.Parameters.Where(parameter => parameter.Name.StartsWith("decoder.", StringComparison.Ordinal))));

    /// <summary>Sets the weights to share · initial + (1 − share) · trained, until the result is disposed: then they are the trained ones again, to the bit.</summary>
    public IDisposable Blend()
    {
        var trained = Copies(_initial.Select(entry => entry.Parameter));
        foreach (var (parameter, values) in _initial)
        {
            var into = parameter.Value.Span;
            for (var i = 0; i < into.Length; i++) into[i] += _share * (values[i] - into[i]);
        }

        return new Trained(trained);
    }

    private static List<(Parameter, float[])> Copies(IEnumerable<Parameter> parameters) => [.. parameters.Select(parameter => (parameter, parameter.Value.Span.ToArray()))];

    private sealed class Trained(List<(Parameter Parameter, float[] Values)> weights) : IDisposable
    {
        public void Dispose()
        {
            foreach (var (parameter, values) in weights) values.CopyTo(parameter.Value.Span);
        }
    }
}
