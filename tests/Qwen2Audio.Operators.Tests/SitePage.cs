using System.Text.RegularExpressions;

namespace Qwen2Audio.Operators.Tests;

/// <summary>docs/sites.md.</summary>
internal static partial class SitePage
{
    private static readonly HashSet<string> Listed =
        [.. Span().Matches(File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "sites.md"))).Select(match => match.Groups[1].Value)];

    /// <summary>Checks that the page lists the sites, with N for numbers.</summary>
    public static void AssertLists(IEnumerable<Site> sites)
    {
        foreach (var site in sites) Assert.Contains(Number().Replace(site.Name, ".N"), Listed);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\.\d+")]
    private static partial Regex Number();
}
