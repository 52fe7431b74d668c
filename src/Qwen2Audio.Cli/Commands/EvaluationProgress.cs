using Qwen2Audio.Tasks.Manifests;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Shows the number of clips done, on one line of standard error.</summary>
internal sealed class EvaluationProgress : IProgress<ManifestProgress>
{
    public void Report(ManifestProgress value)
    {
        if (value.Done % 25 == 0 || value.Done == value.Total) Console.Error.Write($"\r{value.Done} of {value.Total}");
        if (value.Done == value.Total) Console.Error.WriteLine();
    }
}
