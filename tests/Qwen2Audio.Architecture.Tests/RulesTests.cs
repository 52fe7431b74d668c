namespace Qwen2Audio.Architecture.Tests;

/// <summary>The rules detect what they should.</summary>
public sealed class RulesTests
{
    [Theory]
    [InlineData("using System.Runtime.Intrinsics;", true)]
    [InlineData("using System.Runtime.Intrinsics.X86;", true)]
    [InlineData("using static System.Runtime.Intrinsics.Vector256;", true)]
    [InlineData("using V = System.Runtime.Intrinsics.Vector128<float>;", true)]
    [InlineData("var x = System.Runtime.Intrinsics.X86.Avx2.IsSupported;", true)]
    [InlineData("var x = global::System.Runtime . Intrinsics.Vector512.IsHardwareAccelerated;", true)]
    [InlineData("using System.Runtime.InteropServices;", false)]
    [InlineData("// System.Runtime.Intrinsics is for Numerics", false)]
    public void Intrinsics_are_found_however_they_are_named(string source, bool found) => Assert.Equal(found, Rules.UsesIntrinsics(source));

    [Theory]
    [InlineData("File.WriteAllText(path, text);")]
    [InlineData("System.IO.File.WriteAllBytes(path, bytes);")]
    [InlineData("File.AppendAllLines(path, lines);")]
    [InlineData("using var file = File.Create(path);")]
    [InlineData("using var file = File.CreateText(path);")]
    [InlineData("using var file = File.OpenWrite(path);")]
    [InlineData("using var file = File.Open(path, FileMode.Open);")]
    [InlineData("File.Move(a, b, overwrite: true);")]
    [InlineData("using var file = new FileStream(path, new FileStreamOptions { Access = FileAccess.Write });")]
    [InlineData("using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);")]
    [InlineData("using var writer = new StreamWriter(path);")]
    [InlineData("new FileInfo(path).Open(FileMode . CreateNew);")]
    public void Writing_is_found(string source) => Assert.NotEmpty(Rules.FileWrites(source));

    [Theory]
    [InlineData("var text = File.ReadAllText(path);")]
    [InlineData("using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);")]
    [InlineData("using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read);")]
    [InlineData("AtomicFile.Write(path, bytes);")]
    [InlineData("var message = \"File.WriteAllText(\";")]
    [InlineData("// File.WriteAllText(path)")]
    [InlineData("var file = AudioFile.Read(path); File.Delete(raw);")]
    public void Reading_is_not(string source) => Assert.Empty(Rules.FileWrites(source));
}
