using Qwen2Audio.Cli.Output;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Runs a command on file after file: one that cannot be read does not stop the others.</summary>
internal static class EachFile
{
    /// <summary>The exit code of the first failure, or success.</summary>
    public static int Run(IReadOnlyList<string> files, bool json, Action<string> body)
    {
        var code = ExitCodes.Success;
        foreach (var file in files)
        {
            try
            {
                body(file);
            }
            catch (Exception exception) when (Failure.Code(exception) is ExitCodes.BadInput or ExitCodes.Environment)
            {
                var failed = Failure.Report(exception);
                if (json) JsonOutput.WriteLine(new { file, error = exception.Message });
                if (code == ExitCodes.Success) code = failed;
            }
        }

        return code;
    }
}
