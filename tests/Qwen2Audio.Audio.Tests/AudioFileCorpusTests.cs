namespace Qwen2Audio.Audio.Tests;

/// <summary>Real recordings, if present.</summary>
public sealed class AudioFileCorpusTests(ITestOutputHelper output)
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Fixtures.Repository, "..", "shared", "data"));

    [Fact]
    public void Every_flac_file_decodes_and_matches_its_md5()
    {
        Assert.SkipUnless(Directory.Exists(Folder), $"{Folder} is not there");
        string[] files = [.. Directory.EnumerateFiles(Folder, "*.flac", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.SkipUnless(files.Length > 0, $"{Folder} holds no FLAC file");
        double seconds = 0;
        foreach (var file in files)
        {
            AudioClip clip = AudioFile.Read(file);
            Assert.Empty(clip.Warnings);
            seconds += clip.Seconds;
        }

        output.WriteLine($"{files.Length} files, {seconds:0} s of audio");
    }
}
