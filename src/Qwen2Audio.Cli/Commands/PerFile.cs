namespace Qwen2Audio.Cli.Commands;

/// <summary>Runs a command on several files; a failure with one does not stop the others.</summary>
internal static class PerFile
{
    /// <summary>The exit code of the first failure, or success. With several files, a bug counts as that file's failure.</summary>
    /// <param name="json">Whether errors are also written as JSON.</param>
    /// <param name="body">The work on one file.</param>
    /// <param name="name">A file's name in messages; null: the file itself.</param>
    public static int Run(IReadOnlyList<string> files, bool json, Action<string> body, Func<string, string>? name = null)
    {
        StandardStreams.EndWithoutReader();
        var code = ExitCodes.Success;
        foreach (var file in files)
        {
            try
            {
                body(file);
            }
#pragma warning disable CA1031 // no failure with one file may stop the others
            catch (Exception exception) when (!Failure.EndsAll(exception))
#pragma warning restore CA1031
            {
                var failed = Failure.Report(exception, name is null ? file : name(file));
                if (json) JsonOutput.WriteLine(new { file, error = Failure.Text(exception) });
                if (failed == ExitCodes.Bug && files.Count > 1) failed = ExitCodes.BadInput;
                if (code == ExitCodes.Success) code = failed;
            }
        }

        return code;
    }
}
