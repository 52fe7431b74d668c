using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Tasks.Routing;

/// <summary>Counts the experts that a decoder's routers choose: those with the largest logits of each row, the first of equal ones.</summary>
internal sealed class RouterProbe : IProbe
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly Func<RouterUse> _none;

    /// <summary>Counts for a decoder.</summary>
    /// <exception cref="NotSupportedException">It has no experts.</exception>
    public RouterProbe(Qwen2Config config, string path)
    {
        if (config.Moe is not { } moe) throw new NotSupportedException($"{path}: its decoder has no experts; allowed: a mixture of experts (num_experts in config.json).");
        List<int> layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Where(moe.IsSparse)];
        foreach (var layer in layers) _places.Add($"decoder.{layer}.router", _places.Count); // docs/sites.md
        _none = () => new RouterUse(layers, moe.NumExperts, moe.NumExpertsPerTok);
        Use = _none();
    }

    /// <summary>The counts since the last <see cref="Take"/>.</summary>
    public RouterUse Use { get; private set; }

    /// <summary>Returns the counts and begins anew.</summary>
    public RouterUse Take()
    {
        var use = Use;
        Use = _none();
        return use;
    }

    public bool Wants(Site site) => _places.ContainsKey(site.Name);

    public bool Visit(Site site, Matrix value)
    {
        var chosen = new bool[value.Columns];
        for (var row = 0; row < value.Rows; row++)
        {
            var logits = value.Row(row);
            Array.Clear(chosen);
            for (var k = 0; k < Use.ExpertsPerRow; k++)
            {
                var best = -1;
                for (var e = 0; e < logits.Length; e++)
                    if (!chosen[e] && (best < 0 || logits[e] > logits[best])) best = e;
                chosen[best] = true;
                Use.Add(_places[site.Name], best);
            }
        }

        return false;
    }
}
