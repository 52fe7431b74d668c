namespace Qwen2Audio.Tasks;

/// <summary>The label sets of our small models (<see cref="SpeechModelInfo.LabelSets"/>).</summary>
public static class LabelSet
{
    /// <summary>Name of the set of environmental sounds. The labels of all other sets are spoken words, except those of "speech".</summary>
    public const string Sound = "sound";

    /// <summary>Name of the set that distinguishes speech from other sounds.</summary>
    internal const string Speech = "speech";

    /// <summary>A label as the models spell it: lower case, with spaces for underscores.</summary>
    public static string Spelled(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return label.Trim().Replace('_', ' ').ToLowerInvariant();
    }

    /// <summary>The label of a set that differs at most in case, underscores and surrounding spaces; null if there is none.</summary>
    internal static string? Find(IReadOnlyList<string> set, string label)
    {
        var spelled = Spelled(label);
        return set.FirstOrDefault(known => Spelled(known) == spelled);
    }
}
