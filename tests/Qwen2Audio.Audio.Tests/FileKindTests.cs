using System.Diagnostics;

namespace Qwen2Audio.Audio.Tests;

public sealed class FileKindTests
{
    [Fact]
    [Trait("Row", "C11")]
    public void A_named_pipe_or_device_is_refused_without_being_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are told apart on Linux only");
        using var folder = new TemporaryFolder();
        var path = folder["clip.wav"];
        using (Process made = Process.Start("mkfifo", path)!) made.WaitForExit();
        AudioFormatException refused = Assert.Throws<AudioFormatException>(() => AudioFile.Read(path));
        Assert.Equal(("path", "a named pipe", path), (refused.Place, refused.Found, refused.File));
        Assert.Equal("a device", Assert.Throws<AudioFormatException>(() => AudioFile.Read("/dev/null")).Found);
    }
}
