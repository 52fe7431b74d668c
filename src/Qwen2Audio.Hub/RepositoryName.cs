using System.Diagnostics.CodeAnalysis;

namespace Qwen2Audio.Hub;

/// <summary>A model repository and a revision of it: <c>org/name</c> or <c>org/name@revision</c>.</summary>
public sealed record RepositoryName
{
    /// <summary>The revision when none is named.</summary>
    public const string DefaultRevision = "main";

    private const int LongestPart = 96;

    private RepositoryName(string name, string revision) => (Name, Revision) = (name, revision);

    /// <summary>org/name.</summary>
    public string Name { get; }

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; }

    /// <summary>The repository's folder in a cache.</summary>
    internal string Folder => "models--" + Name.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Parses <c>org/name[@revision]</c>; <paramref name="revision"/> is for names without one.</summary>
    /// <exception cref="HubException">The text is not such a name.</exception>
    public static RepositoryName Parse(string text, string? revision = null)
    {
        if (!TryParse(text, out var name))
            throw new HubException(HubFault.Usage, $"\"{text}\" is not a repository name; allowed: org/name or org/name@revision, of letters, digits, '-', '_' and '.'.");
        if (revision is null || revision == name.Revision) return name;
        if (text.Contains('@')) throw new HubException(HubFault.Usage, $"\"{text}\" names a revision, but another one is also given: {revision}.");
        return IsRevision(revision) ? new RepositoryName(name.Name, revision)
            : throw new HubException(HubFault.Usage, $"\"{revision}\" is not a revision; allowed: a branch, a tag or a commit.");
    }

    /// <summary>As <see cref="Parse"/>, but returns false instead of throwing.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RepositoryName? name)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var (repository, revision) = at < 0 ? (text, DefaultRevision) : (text[..at], text[(at + 1)..]);
        var parts = repository.Split('/');
        name = parts.Length == 2 && parts.All(IsPart) && IsRevision(revision) ? new RepositoryName(repository, revision) : null;
        return name is not null;
    }

    public override string ToString() => Revision == DefaultRevision ? Name : $"{Name}@{Revision}";

    private static bool IsPart(string part) => part.Length is > 0 and <= LongestPart && part.All(IsPlain) && part[0] is not ('-' or '.')
        && part[^1] is not ('-' or '.') && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);

    private static bool IsRevision(string revision) => revision.Length is > 0 and <= 250
        && revision.Split('/').All(part => part.Length > 0 && part.All(IsPlain) && part[0] is not ('-' or '.') && !part.Contains("..", StringComparison.Ordinal));

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
