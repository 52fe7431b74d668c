using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Inputs that a model hears from tokens alone: token files, and all files with --codebooks. The codec is loaded for the first of them.</summary>
internal sealed class HeardTokens(string model, int? codebooks, int threads) : IDisposable
{
    private TokenHearing? _hearing = codebooks is null ? null : TokenHearing.Load(model, codebooks, new ModelLoadOptions { Threads = threads });

    /// <summary>The audio that is heard; null: the file itself.</summary>
    /// <exception cref="UsageException">Standard input cannot be heard from tokens.</exception>
    public AudioClip? Read(string file, CancellationToken cancellation)
    {
        if (codebooks is null && (file == InputFile.Pipe || !TokenHearing.IsTokens(file))) return null;
        if (file == InputFile.Pipe) throw new UsageException("--codebooks needs files: standard input is not read as tokens.");
        return (_hearing ??= TokenHearing.Load(model, codebooks, new ModelLoadOptions { Threads = threads })).Read(file, cancellation);
    }

    public void Dispose() => _hearing?.Dispose();
}
