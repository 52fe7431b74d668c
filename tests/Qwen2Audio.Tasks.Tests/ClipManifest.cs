namespace Qwen2Audio.Tasks.Tests;

/// <summary>A manifest and its clips.</summary>
internal static class ClipManifest
{
    public const string Header = "path\tdataset\ttask\ttext_or_label\tspeaker\tsplit\n";

    /// <summary>Writes a clip of one second for each row, 0.wav, 1.wav, …, and the manifest; returns its path.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="rows">The columns after the path of each row.</param>
    public static string Write(string folder, IReadOnlyList<string> rows)
    {
        for (var i = 0; i < rows.Count; i++) Waves.Write(Path.Combine(folder, $"{i}.wav"), Sounds.Tone(1).Samples);
        var manifest = Path.Combine(folder, "MANIFEST.tsv");
        File.WriteAllText(manifest, Header + string.Concat(rows.Select((row, i) => $"{i}.wav\t{row}\n")));
        return manifest;
    }
}
