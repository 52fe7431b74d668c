using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Records the sites visited, keeps the values of one, and replaces those of another.</summary>
internal sealed class SiteProbe : IProbe
{
    public List<string> Seen { get; } = [];

    public List<string> Sites { get; } = [];

    public string? Keep { get; init; }

    public float[] Kept { get; private set; } = [];

    public string? Replace { get; init; }

    public Action<Matrix> With { get; init; } = _ => { };

    public bool Wants(Site site) => Replace is null || Replace == site.Name;

    public bool Visit(Site site, Matrix value)
    {
        if (Replace is not null)
        {
            With(value);
            return true;
        }

        Seen.Add($"{site} [{value.Rows}, {value.Columns}]");
        if (Sites.LastOrDefault() != site.Name) Sites.Add(site.Name);
        if (Keep == site.Name) Kept = value.Span.ToArray();
        return false;
    }
}
